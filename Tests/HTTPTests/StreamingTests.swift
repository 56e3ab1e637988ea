import EventLoop
import HTTP
import HubTesting
import Testing

/// Writes numbered rows as long as little is queued; lives as long as the writer calls it.
private final class RowProducer: @unchecked Sendable {
    static let bound = 64 << 10
    private let writer: HTTPBodyWriter
    private let rows: Int
    private var next = 0
    private(set) var mostQueued = 0

    init(writer: HTTPBodyWriter, rows: Int) {
        self.writer = writer
        self.rows = rows
        writer.onDrain = { [self] in produce() }
    }

    func produce() {
        while next < rows, writer.queuedBytes < RowProducer.bound {
            writer.write(Array("row \(next)\n".utf8))
            next += 1
            mostQueued = max(mostQueued, writer.queuedBytes)
        }
        if next == rows { writer.finish() }
    }
}

/// The content of chunks, and whether the last one came.
private func unchunked(_ text: Substring) -> (content: String, isWhole: Bool) {
    var content = ""
    var rest = text.utf8[...]
    while let end = rest.firstIndex(of: 13), let size = Int(String(rest[..<end]) ?? "", radix: 16) {
        let start = rest.index(end, offsetBy: 2)
        if size == 0 { return (content, true) }
        guard let last = rest.index(start, offsetBy: size, limitedBy: rest.endIndex) else { break }
        content += String(rest[start..<last]) ?? ""
        guard let following = rest.index(last, offsetBy: 2, limitedBy: rest.endIndex) else { break }
        rest = rest[following...]
    }
    return (content, false)
}

@Suite(.timeLimit(.minutes(3)))
struct StreamingTests {
    @Test func `a hundred thousand rows pass through little memory`() async throws {
        let most = Mailbox<Int>()
        let handler = ClosureHandler { _, responder in
            let writer = responder.startStreaming(HTTPResponse(.ok, contentType: .plainText))
            let producer = RowProducer(writer: writer, rows: 100_000)
            producer.produce()
            responder.loop.atEndOfTurn { most.put(producer.mostQueued) }
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client(receiveBuffer: 16 << 10)
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let answer = try client.readToEnd()
            let head = try #require(answer.firstRange(of: "\r\n\r\n"))
            #expect(Answer(String(answer[..<head.lowerBound]))["Transfer-Encoding"] == "chunked")
            #expect(Answer(String(answer[..<head.lowerBound]))["Content-Length"] == nil)
            let (content, isWhole) = unchunked(answer[head.upperBound...])
            #expect(isWhole)
            #expect(content == (0..<100_000).map { "row \($0)\n" }.joined())
            #expect(try #require(await most.next()) < RowProducer.bound + 64)
        }
    }

    @Test func `a producer that fits in the socket is called again too`() async throws {
        let handler = ClosureHandler { _, responder in
            let writer = responder.startStreaming(HTTPResponse(.ok))
            var turns = 0
            writer.onDrain = {
                turns += 1
                if turns == 3 { return writer.finish() }
                writer.write(Array("turn \(turns) ".utf8))
            }
            writer.write(Array("begin ".utf8))
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.read(through: "0\r\n\r\n")
            #expect(answer.contains("6\r\nbegin \r\n7\r\nturn 1 \r\n7\r\nturn 2 \r\n0\r\n\r\n"))
        }
    }

    @Test func `streamed answers wait for their turn`() async throws {
        let waiting = Mailbox<HTTPResponder>()
        let handler = ClosureHandler { request, responder in
            guard request.path != "/1" else { return waiting.put(responder) }
            let writer = responder.startStreaming(HTTPResponse(.ok), length: 6)
            writer.write(Array("se".utf8))
            if request.path == "/2" {
                writer.write(Array("cond".utf8))
                writer.finish()
            } else {
                writer.onDrain = {
                    writer.onDrain = nil
                    writer.write(Array("rial".utf8))
                    writer.finish()
                }
            }
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send((1...3).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            let first = await waiting.next(1)[0]
            await server.onLoop { _ in first.respond(.text("first")) }
            #expect(try client.readAnswer().body == "first")
            #expect(try client.readAnswer().body == "second")
            #expect(try client.readAnswer().body == "serial")
            client.send("HEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readAnswer(hasContent: false)["Content-Length"] == "6")
        }
    }

    @Test func `content for HTTP 1.0 ends with the connection`() async throws {
        let handler = ClosureHandler { _, responder in
            let writer = responder.startStreaming(HTTPResponse(.ok))
            writer.write(Array("old".utf8))
            writer.finish()
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let answer = try client.readToEnd()
            #expect(answer.contains("Connection: close\r\n"))
            #expect(!answer.contains("Transfer-Encoding"))
            #expect(answer.hasSuffix("\r\n\r\nold"))
        }
    }

    @Test func `content given up in the middle does not look whole`() async throws {
        let handler = ClosureHandler { _, responder in
            let writer = responder.startStreaming(HTTPResponse(.ok))
            writer.write(Array("half".utf8))
            writer.onDrain = { writer.abort() }
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.readToEnd()
            let head = try #require(answer.firstRange(of: "\r\n\r\n"))
            let (content, isWhole) = unchunked(answer[head.upperBound...])
            #expect(content == "half")
            #expect(!isWhole)
        }
    }
}
