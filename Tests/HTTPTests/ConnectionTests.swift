import EventLoop
import HubTesting
import Testing

@testable import HTTP

/// The size of a block of the heap; the C library's module leaves it out.
@_silgen_name("malloc_usable_size")
private func allocatedBytes(_ block: UnsafeMutableRawPointer) -> Int

@Suite(.timeLimit(.minutes(3)))
struct ConnectionTests {
    @Test func `a connection serves one request after the other`() async throws {
        try await ServerUnderTest.run { server in
            let client = try server.client()
            for number in 1...3 {
                client.send("POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
                let answer = try client.readAnswer()
                #expect(answer.statusLine == "HTTP/1.1 200 OK")
                #expect(answer.body == "POST /\(number) hi")
                #expect(answer["Connection"] == nil)
            }
        }
    }

    @Test func `every answer has a date, a length and the security headers`() async throws {
        try await ServerUnderTest.run { server in
            let client = try server.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.readAnswer()
            #expect(answer["Date"]?.hasSuffix(" GMT") == true)
            #expect(answer["Content-Length"] == "6")
            #expect(answer["X-Content-Type-Options"] == "nosniff")
            #expect(answer["X-Frame-Options"] == "DENY")
            #expect(answer["X-XSS-Protection"] == "1; mode=block")
            #expect(answer["Referrer-Policy"] == "no-referrer")
            #expect(answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'")
            #expect(answer["Strict-Transport-Security"] == nil)
            // What is no request is answered with them too.
            client.send("GET /a b HTTP/1.1\r\n\r\n")
            let refusal = try client.readAnswer()
            #expect(refusal.status == 400)
            #expect(refusal["X-Content-Type-Options"] == "nosniff")
            #expect(refusal["X-Frame-Options"] == "DENY")
        }
    }

    @Test func `an answer with a content policy of its own keeps that alone`() async throws {
        let handler = ClosureHandler { _, responder in
            responder.respond(HTTPResponse(.ok, contentType: .html, headers: ["content-security-policy": "img-src *"]))
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.readAnswer()
            let policies = answer.fields.filter { $0.name.lowercased() == "content-security-policy" }
            #expect(policies.map(\.value) == ["img-src *"])
            #expect(answer["X-Frame-Options"] == "DENY")
        }
    }

    @Test func `HEAD is answered with the length and no content`() async throws {
        try await ServerUnderTest.run { server in
            let client = try server.client()
            client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try client.readAnswer(hasContent: false)
            #expect(head["Content-Length"] == "8")
            #expect(try client.readAnswer().body == "GET /b ")
        }
    }

    @Test func `pipelined answers leave in the order of the requests`() async throws {
        let waiting = Mailbox<HTTPResponder>()
        let handler = ClosureHandler { _, responder in waiting.put(responder) }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send((1...3).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            let responders = await waiting.next(3)
            for (number, responder) in zip(1...3, responders).reversed() {
                await server.onLoop { _ in responder.respond(.text("\(number)")) }
            }
            for number in 1...3 { #expect(try client.readAnswer().body == "\(number)") }
        }
    }

    @Test func `no more requests are taken than may be in flight`() async throws {
        let waiting = Mailbox<HTTPResponder>()
        let handler = ClosureHandler { _, responder in waiting.put(responder) }
        try await ServerUnderTest.run(limits: HTTPLimits(pipelinedRequests: 2), handler: handler) { server in
            let client = try server.client()
            client.send((1...5).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            var responders = await waiting.next(2)
            var answered = 0
            while answered < 5 {
                let first = responders.removeFirst()
                await server.onLoop { _ in first.respond(.text("ok")) }
                answered += 1
                #expect(try client.readAnswer().status == 200)
                // The answer made room for exactly one more.
                if answered + responders.count < 5 { responders += await waiting.next(1) }
            }
        }
    }

    @Test func `Connection close ends the connection behind its answer`() async throws {
        try await ServerUnderTest.run { server in
            let client = try server.client()
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.readAnswer()
            #expect(answer.body == "GET /1 ")
            #expect(answer["Connection"] == "close")
            #expect(try client.readToEnd().isEmpty)
        }
    }

    @Test func `HTTP 1.0 closes unless it asks to stay`() async throws {
        try await ServerUnderTest.run { server in
            let client = try server.client()
            client.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try client.readAnswer()["Connection"] == "keep-alive")
            client.send("GET /2 HTTP/1.0\r\n\r\n")
            #expect(try client.readAnswer()["Connection"] == "close")
            #expect(try client.readToEnd().isEmpty)
        }
    }

    @Test func `a client that has finished sending still gets its answer`() async throws {
        let waiting = Mailbox<HTTPResponder>()
        let handler = ClosureHandler { _, responder in waiting.put(responder) }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            client.finishSending()
            let responder = await waiting.next(1)[0]
            await server.onLoop { _ in responder.respond(.text("late")) }
            #expect(try client.readToEnd().hasSuffix("late"))
        }
    }

    @Test func `a request cut off by the end of the stream is not handled`() async throws {
        try await ServerUnderTest.run { server in
            let client = try server.client()
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
            client.finishSending()
            #expect(try client.readToEnd().isEmpty)
        }
    }

    @Test func `a handler hears that its client is gone`() async throws {
        let events = Mailbox<String>()
        let handler = ClosureHandler { _, responder in
            responder.onAbandoned = { events.put("abandoned") }
            events.put("asked")
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await events.next() == "asked")
            client.reset()
            #expect(await events.next() == "abandoned")
        }
    }

    @Test func `a value from outside cannot add a header line`() async throws {
        let handler = ClosureHandler { request, responder in
            let value = request.query["v"] ?? ""
            responder.respond(HTTPResponse(.ok, headers: ["X-Echo": value]))
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send("GET /?v=a%0d%0aSet-Cookie:%20b HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.readAnswer()
            #expect(answer["X-Echo"] == "a  Set-Cookie: b")
            #expect(answer["Set-Cookie"] == nil)
        }
    }

    @Test func `a large answer arrives whole`() async throws {
        let handler = ClosureHandler { _, responder in
            responder.respond(.text(String(repeating: "x", count: 5 << 20)))
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readAnswer().body.utf8.count == 5 << 20)
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try client.readToEnd().utf8.count > 5 << 20)
        }
    }

    @Test func `what a slow reader asks meanwhile is answered in its turn, however it is cut`() async throws {
        let large = String(repeating: "x", count: 8 << 20)
        let waiting = Mailbox<HTTPResponder>()
        let handler = ClosureHandler { request, responder in
            if request.path == "/large" { waiting.put(responder) } else { responder.respond(.text("small")) }
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let request = Array("GET /small HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            for split in 1..<request.count {
                let client = try server.client()
                client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
                let responder = await waiting.next(1)[0]
                await server.onLoop { _ in responder.respond(.text(large)) }
                let queued = await server.onLoop { server in
                    server.server.connections.map { $0.socket.queuedBytes }.max() ?? 0
                }
                // More than the kernel takes, so that nothing but reading makes room.
                #expect(queued >= HTTPLimits().queuedResponseBytes)
                for segment in [request[..<split], request[split...]] {
                    client.send(Array(segment))
                    // What has been sent is read by the end of the turn after this one.
                    for _ in 0..<2 { await server.onLoop { _ in } }
                }
                #expect(try client.readAnswer().body.utf8.count == 8 << 20)
                #expect(try client.readAnswer().body == "small")
            }
        }
    }

    @Test func `a draining server ends idle connections and those it answers`() async throws {
        let waiting = Mailbox<HTTPResponder>()
        let handler = ClosureHandler { _, responder in waiting.put(responder) }
        try await ServerUnderTest.run(handler: handler) { server in
            let idle = try server.client()
            let busy = try server.client()
            busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let responder = await waiting.next(1)[0]
            await server.onLoop { $0.server.drain() }
            #expect(try idle.readToEnd().isEmpty)
            await server.onLoop { _ in responder.respond(.text("last")) }
            #expect(try busy.readAnswer()["Connection"] == "close")
            #expect(try busy.readToEnd().isEmpty)
        }
    }

    @Test func `an idle connection owns less than a kilobyte`() async throws {
        try await ServerUnderTest.run { server in
            let client = try server.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.readAnswer()
            // One object and what it holds inline; the socket is the event loop's.
            let bytes = await server.onLoop { server in
                server.server.connections.map { allocatedBytes(Unmanaged.passUnretained($0).toOpaque()) }
            }
            #expect(bytes.count == 1)
            #expect(try #require(bytes.first) < 640)
        }
    }

    @Test func `a request cannot be answered twice`() async {
        await #expect(processExitsWith: .failure) {
            try await ServerUnderTest.run(
                handler: ClosureHandler { _, responder in
                    responder.respond(.text("once"))
                    responder.respond(.text("twice"))
                }
            ) { server in
                let client = try server.client()
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.readToEnd()
            }
        }
    }
}
