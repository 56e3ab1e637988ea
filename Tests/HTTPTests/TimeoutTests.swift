import EventLoop
import HubTesting
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(3)))
struct TimeoutTests {
    @Test func `a header section that does not end is answered 408`() async throws {
        try await ServerUnderTest.run(limits: HTTPLimits(headerTimeout: .milliseconds(50))) { server in
            let client = try server.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Slow")
            let answer = try client.readAnswer()
            #expect(answer.status == 408)
            #expect(answer["Connection"] == "close")
            #expect(try client.readToEnd().isEmpty)
        }
    }

    @Test func `content that does not come is answered 408`() async throws {
        try await ServerUnderTest.run(limits: HTTPLimits(bodyTimeout: .milliseconds(100))) { server in
            let client = try server.client()
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhal")
            #expect(try client.readAnswer().status == 408)
        }
    }

    @Test func `an idle connection is closed without a word`() async throws {
        try await ServerUnderTest.run(limits: HTTPLimits(idleTimeout: .milliseconds(50))) { server in
            let untouched = try server.client()
            // One that is found idle before it could ask is replaced.
            var answer: Answer?
            for _ in 0..<100 where answer == nil {
                let used = try server.client()
                used.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                do {
                    answer = try used.readAnswer()
                    #expect(try used.readToEnd().isEmpty)
                } catch RawClient.Failure.closed(soFar: "") {}
            }
            #expect(answer?.status == 200)
            #expect(try untouched.readToEnd().isEmpty)
        }
    }

    @Test func `a request that waits for its answer is not idle`() async throws {
        let waiting = Mailbox<(Int, HTTPResponder)>()
        let handler = ClosureHandler { request, responder in
            if let number = Int(request.path.dropFirst()) { waiting.put((number, responder)) }
        }
        let limits = HTTPLimits(idleTimeout: .milliseconds(50))
        try await ServerUnderTest.run(limits: limits, handler: handler) { server in
            // Many, because any may be found idle before it could ask.
            var clients: [RawClient] = []
            for number in 0..<20 {
                clients.append(try server.client())
                clients[number].send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
            }
            let (number, responder) = await waiting.next(1)[0]
            // That another connection has been found idle meanwhile shows that the time has passed.
            #expect(try server.client().readToEnd().isEmpty)
            await server.onLoop { _ in responder.respond(.text("there")) }
            #expect(try clients[number].readAnswer().body == "there")
        }
    }

    @Test func `a peer that stops reading is cut off`() async throws {
        let events = Mailbox<Int>()
        let handler = ClosureHandler { _, responder in
            responder.onAbandoned = { events.put(0) }
            let writer = responder.startStreaming(HTTPResponse(.ok))
            writer.write([UInt8](repeating: 65, count: 8 << 20))
        }
        let limits = HTTPLimits(writeStallTimeout: .milliseconds(100))
        try await ServerUnderTest.run(limits: limits, handler: handler) { server in
            let client = try server.client(receiveBuffer: 4096)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await events.next() == 0)
            #expect(try client.readToEnd().utf8.count < 8 << 20)
        }
    }
}

@Suite struct ConnectionTimesTests {
    private let limits = HTTPLimits(
        bodyBytes: 1000, headerTimeout: .seconds(10), bodyTimeout: .seconds(30), bodyProgressBytes: 64,
        idleTimeout: .seconds(75), writeStallTimeout: .seconds(30))

    private func at(_ seconds: UInt64) -> LoopInstant { LoopInstant(milliseconds: 1_000_000 + seconds * 1000) }

    private func check(
        _ times: inout ConnectionTimes, at seconds: UInt64, queued: Int = 0, body: Int = 0, waiting: Bool = false,
        reading: Bool = true
    ) -> ConnectionTimes.Verdict {
        times.check(
            at(seconds), queuedBytes: queued, bodyBytesRead: body, isWaiting: waiting, isReading: reading,
            limits: limits)
    }

    @Test func `idle time begins with the last answer`() {
        var times = ConnectionTimes(now: at(0))
        #expect(check(&times, at: 74) == .fine)
        times.answered(at: at(70))
        #expect(check(&times, at: 144) == .fine)
        #expect(check(&times, at: 145, waiting: true) == .fine)
        #expect(check(&times, at: 145) == .idle)
    }

    @Test func `each request has its own time for its header section`() {
        var times = ConnectionTimes(now: at(0))
        times.enter(.head, at: at(5))
        #expect(check(&times, at: 14) == .fine)
        times.requestCount += 1
        times.enter(.head, at: at(14))
        #expect(check(&times, at: 23) == .fine)
        #expect(check(&times, at: 24) != .fine)
    }

    @Test func `content must get on, and end in time`() {
        var times = ConnectionTimes(now: at(0))
        times.expectBody(limit: 1000, limits: limits)
        times.enter(.body, at: at(0))
        #expect(check(&times, at: 6, body: 64) == .fine)
        #expect(check(&times, at: 12, body: 128) == .fine)
        var slow = times
        #expect(check(&slow, at: 18, body: 191) == .slow("The content arrives too slowly"))
        #expect(check(&times, at: 18, body: 192) == .fine)
        #expect(check(&times, at: 30, body: 900) == .slow("The content did not arrive in time"))
    }

    @Test func `a greater body has more time`() {
        var times = ConnectionTimes(now: at(0))
        times.expectBody(limit: 2500, limits: limits)
        times.enter(.body, at: at(0))
        for second in stride(from: UInt64(6), to: 90, by: 6) {
            #expect(check(&times, at: second, body: Int(second) * 20) == .fine)
        }
        #expect(check(&times, at: 90, body: 2400) == .slow("The content did not arrive in time"))
    }

    @Test func `what the server does not read cannot be late`() {
        var times = ConnectionTimes(now: at(0))
        times.enter(.head, at: at(0))
        #expect(check(&times, at: 60, reading: false) == .fine)
        #expect(check(&times, at: 69) == .fine)
        #expect(check(&times, at: 70) != .fine)
    }

    @Test func `a peer that takes something is not stalled`() {
        var times = ConnectionTimes(now: at(0))
        times.acceptedBytes = 1000
        #expect(check(&times, at: 1, queued: 1000) == .fine)
        #expect(check(&times, at: 30, queued: 999) == .fine)
        #expect(check(&times, at: 59, queued: 999) == .fine)
        #expect(check(&times, at: 60, queued: 999) == .stalled)
    }
}
