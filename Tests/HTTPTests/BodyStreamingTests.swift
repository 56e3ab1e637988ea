import EventLoop
import HTTP
import HubTesting
import Testing

/// Reads bodies as they come.
private final class BodyHandler: HTTPRequestHandler, @unchecked Sendable {
    let limit: Int
    let handle: @Sendable (HTTPBodyReader, HTTPRequest) async -> HTTPResponse

    init(limit: Int = 1 << 30, _ handle: @escaping @Sendable (HTTPBodyReader, HTTPRequest) async -> HTTPResponse) {
        self.limit = limit
        self.handle = handle
    }

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        guard request.path == "/up" else { return responder.respond(.text("other")) }
        let reader = request.content
        Task(executorPreference: responder.loop) { responder.respond(await self.handle(reader, request)) }
    }

    func bodyLimit(for request: HTTPRequest) -> Int? { limit }

    func streamsBody(of request: HTTPRequest) -> Bool { request.path == "/up" }

    /// Answers with the count and a checksum of all bytes.
    static func counting(limit: Int = 1 << 30) -> BodyHandler {
        BodyHandler(limit: limit) { reader, _ in
            var (count, sum) = (0, 0)
            do throws(HTTPBodyFailure) {
                while let bytes = try await reader.read() {
                    count += bytes.count
                    sum = bytes.reduce(sum) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF }
                }
                return .text("\(count) \(sum)")
            } catch {
                switch error {
                case .gone: return .text("gone")
                case .refused(let refusal): return .text("refused: \(refusal.message)", status: refusal.status)
                }
            }
        }
    }
}

@Suite(.timeLimit(.minutes(3)))
struct BodyStreamingTests {
    private func run(
        limits: HTTPLimits = HTTPLimits(), _ handler: BodyHandler,
        _ body: @Sendable (ServerUnderTest) async throws -> Void
    ) async throws {
        try await ServerUnderTest.run(limits: limits, anyHandler: handler, body)
    }

    private func sum(_ bytes: [UInt8]) -> Int { bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF } }

    @Test(arguments: [0, 1, 1000, 300_000, 5_000_000])
    func `a body of any size arrives as it was sent, and the connection goes on`(count: Int) async throws {
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try await run(.counting()) { server in
            let client = try server.client()
            for _ in 0..<2 {
                client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n")
                for start in stride(from: 0, to: count, by: 70_000) {
                    client.send(Array(content[start..<min(count, start + 70_000)]))
                }
                let answer = try client.readAnswer()
                #expect(answer.body == "\(count) \(sum(content))")
            }
            client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readAnswer().body == "other")
        }
    }

    @Test func `chunks are undone, however they are cut`() async throws {
        try await run(.counting()) { server in
            let request =
                "POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nA: b\r\n\r\n"
            let client = try server.client()
            for byte in request.utf8 { client.send([byte]) }
            #expect(try client.readAnswer().body == "7 \(sum(Array("abcdefg".utf8)))")
            client.send(request + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readAnswer().body == "7 \(sum(Array("abcdefg".utf8)))")
            #expect(try client.readAnswer().body == "other")
        }
    }

    @Test func `too much in chunks is refused while it comes`() async throws {
        try await run(.counting(limit: 10)) { server in
            let client = try server.client()
            client.send("POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabcdefgh\r\n")
            client.send("8\r\nabcdefgh\r\n0\r\n\r\n")
            let answer = try client.readToEnd()
            #expect(answer.contains("HTTP/1.1 413"))
            #expect(answer.contains("Connection: close"))
        }
    }

    @Test func `too much that says so is refused before the handler hears of it`() async throws {
        try await run(.counting(limit: 10)) { server in
            let client = try server.client()
            client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
            #expect(try client.readToEnd().contains("HTTP/1.1 413"))
        }
    }

    @Test func `who is answered before the end is not read on, and the connection closes`() async throws {
        let handler = BodyHandler { reader, _ in
            _ = try? await reader.read()
            return .text("enough", status: .badRequest)
        }
        try await run(handler) { server in
            let client = try server.client()
            client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc")
            let answer = try client.readToEnd()
            #expect(answer.contains("HTTP/1.1 400") && answer.contains("Connection: close"))
            #expect(answer.hasSuffix("enough"))
        }
    }

    @Test func `a client that goes away ends the reading`() async throws {
        let outcome = Mailbox<String>()
        let handler = BodyHandler { reader, _ in
            do throws(HTTPBodyFailure) {
                while try await reader.read() != nil { outcome.put("read") }
                outcome.put("whole")
            } catch { outcome.put("\(error)") }
            return .text("")
        }
        try await run(handler) { server in
            let client = try server.client()
            client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
            // A reset throws away what the server has not read yet.
            #expect(await outcome.next() == "read")
            client.reset()
            #expect(await outcome.next() == "gone")
        }
    }

    @Test func `what is not taken is not read`() async throws {
        let gate = Mailbox<Void>()
        let handler = BodyHandler { reader, _ in
            _ = await gate.next()
            var count = 0
            while let bytes = try? await reader.read() { count += bytes.count }
            return .text("\(count)")
        }
        try await run(handler) { server in
            let client = try server.client()
            let content = [UInt8](repeating: 7, count: 64 << 20)
            client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: \(content.count)\r\n\r\n")
            let sent = client.sendWhatFits(content)
            // The kernel's buffers and what the reader holds, and no more.
            #expect(sent < content.count / 2)
            gate.put(())
            client.send(Array(content[sent...]))
            #expect(try client.readAnswer().body == "\(content.count)")
        }
    }

    @Test func `who waits for leave gets it when the body is asked for`() async throws {
        try await run(.counting()) { server in
            let client = try server.client()
            client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            #expect(try client.read(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("abc")
            #expect(try client.readAnswer().body == "3 \(sum(Array("abc".utf8)))")
        }
        let refusing = BodyHandler { _, _ in .text("no", status: .forbidden) }
        try await run(refusing) { server in
            let client = try server.client()
            client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            #expect(try client.readToEnd().hasPrefix("HTTP/1.1 403"))
        }
    }

    @Test func `a body that does not get on is refused`() async throws {
        let limits = HTTPLimits(bodyTimeout: .milliseconds(250))
        try await run(limits: limits, .counting()) { server in
            let client = try server.client()
            client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
            #expect(try client.readToEnd().hasPrefix("HTTP/1.1 408"))
        }
    }
}
