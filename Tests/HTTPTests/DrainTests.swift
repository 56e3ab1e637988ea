import EventLoop
import HTTP
import HubTesting
import Testing

/// Producers that are tasks on the loop and wait for their reader.
@Suite(.timeLimit(.minutes(3)))
struct DrainTests {
    /// Pieces larger than what the kernel holds for a reader with a small buffer.
    private static let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20)

    /// Writes `pieces` and waits behind each; puts down how each wait ended, and ends the content if all went well.
    private static func handler(
        pieces: Int, within limit: Duration = .seconds(60), _ waits: Mailbox<Bool>
    ) -> ClosureHandler {
        ClosureHandler { _, responder in
            let writer = responder.startStreaming(HTTPResponse(.ok))
            Task(executorPreference: responder.loop) {
                for _ in 0..<pieces {
                    writer.write(piece)
                    let isTaken = await writer.drained(within: limit)
                    waits.put(isTaken)
                    guard isTaken else { return writer.abort() }
                }
                writer.finish()
            }
        }
    }

    @Test func `go on when the reader has taken everything`() async throws {
        let waits = Mailbox<Bool>()
        try await ServerUnderTest.run(handler: DrainTests.handler(pieces: 2, waits)) { server in
            let client = try server.client(receiveBuffer: 16 << 10)
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let answer = try client.readToEnd()
            #expect(answer.hasSuffix("0\r\n\r\n") && answer.utf8.count > 16 << 20)
            #expect(await waits.next(2) == [true, true])
        }
    }

    @Test func `hear that their reader has left`() async throws {
        let waits = Mailbox<Bool>()
        try await ServerUnderTest.run(handler: DrainTests.handler(pieces: 2, waits)) { server in
            let client = try server.client(receiveBuffer: 16 << 10)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.read(through: "xxxx")
            client.reset()
            #expect(await waits.next(1) == [false])
        }
    }

    @Test func `hear that their reader takes too long`() async throws {
        let waits = Mailbox<Bool>()
        let handler = DrainTests.handler(pieces: 2, within: .milliseconds(50), waits)
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client(receiveBuffer: 16 << 10)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await waits.next(1) == [false])
            // What came is not taken for the whole.
            #expect(try !client.readToEnd().hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func `rest for their time, whatever is taken meanwhile`() async throws {
        let rests = Mailbox<Duration>()
        let handler = ClosureHandler { _, responder in
            let writer = responder.startStreaming(HTTPResponse(.ok))
            Task(executorPreference: responder.loop) {
                let clock = ContinuousClock()
                for _ in 0..<3 {
                    writer.write([UInt8](repeating: UInt8(ascii: "x"), count: 100))
                    rests.put(await clock.measure { await writer.rest(for: .milliseconds(20)) })
                }
                writer.finish()
            }
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try client.readToEnd().hasSuffix("0\r\n\r\n"))
            // A timer counts in whole milliseconds from when the turn began.
            #expect(await rests.next(3).allSatisfy { $0 > .milliseconds(15) })
        }
    }

    @Test func `rest no longer than their reader is there`() async throws {
        let rests = Mailbox<Bool>()
        let handler = ClosureHandler { _, responder in
            let writer = responder.startStreaming(HTTPResponse(.ok))
            Task(executorPreference: responder.loop) {
                writer.write(Array("begun".utf8))
                await writer.rest(for: .seconds(3600))
                rests.put(writer.isAbandoned)
            }
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.read(through: "begun")
            client.reset()
            #expect(await rests.next(1) == [true])
        }
    }
}
