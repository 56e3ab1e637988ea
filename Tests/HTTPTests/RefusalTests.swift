import HTTP
import HubTesting
import Testing

/// The bounds of the parser's corpus.
private let tight = HTTPLimits(
    requestLineBytes: 128, headerSectionBytes: 256, headerCount: 10, bodyBytes: 64, chunkExtensionBytes: 64)

@Suite(.timeLimit(.minutes(3)))
struct RefusalTests {
    @Test(arguments: ParserCorpus.refused)
    func `a bad request is told so and its connection closed`(sample: ParserCorpus.Sample) async throws {
        try await ServerUnderTest.run(limits: tight) { server in
            let client = try server.client()
            client.send(sample.bytes)
            for _ in sample.outcome.dropLast() { #expect(try client.readAnswer().status == 200) }
            let answer = try client.readAnswer()
            #expect("\(answer.status)" == sample.outcome.last)
            #expect(answer["Connection"] == "close")
            #expect(try client.readToEnd().isEmpty)
        }
    }

    @Test func `a header section of a megabyte is answered 431 while it is still being sent`() async throws {
        try await ServerUnderTest.run { server in
            let client = try server.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n")
            let line = "X-Filler: \(String(repeating: "x", count: 1000))\r\n"
            for _ in 0..<1024 where client.send(line) {}
            let answer = try client.readAnswer()
            #expect(answer.status == 431)
            #expect(try client.readToEnd().isEmpty)
        }
    }

    @Test func `content past the limit is answered 413 though it is still being sent`() async throws {
        try await ServerUnderTest.run(limits: HTTPLimits(bodyBytes: 1000)) { server in
            let client = try server.client()
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n")
            client.send(String(repeating: "x", count: 2_000_000))
            #expect(try client.readAnswer().status == 413)
            #expect(try client.readToEnd().isEmpty)
        }
    }

    @Test func `a handler may allow a request more content`() async throws {
        let handler = ClosureHandler(
            answer: { $1.respond(.text("\($0.body.count)")) }, limit: { $0.path == "/big" ? 5000 : nil })
        try await ServerUnderTest.run(limits: HTTPLimits(bodyBytes: 1000), handler: handler) { server in
            let client = try server.client()
            let body = String(repeating: "x", count: 5000)
            client.send("POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n\(body)")
            #expect(try client.readAnswer().body == "5000")
            client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n")
            #expect(try client.readAnswer().status == 413)
        }
    }

    @Test func `what is smuggled behind a bad request is not served`() async throws {
        let handled = Mailbox<String>()
        let handler = ClosureHandler { request, responder in
            handled.put(request.path)
            responder.respond(.text("ok"))
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                    + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readAnswer().status == 400)
            #expect(try client.readToEnd().isEmpty)
            let other = try server.client()
            other.send("GET /open HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try other.readAnswer()
            #expect(await handled.next() == "/open")
        }
    }

    @Test func `Expect is answered 100 before the content is sent`() async throws {
        try await ServerUnderTest.run { server in
            let client = try server.client()
            client.send("PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            #expect(try client.read(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("hi")
            #expect(try client.readAnswer().body == "PUT /x hi")
        }
    }

    @Test func `Expect of content past the limit is answered 413 and not 100`() async throws {
        try await ServerUnderTest.run(limits: HTTPLimits(bodyBytes: 10)) { server in
            let client = try server.client()
            client.send("PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n")
            #expect(try client.readAnswer().status == 413)
        }
    }

    @Test func `100 waits for the answers before it`() async throws {
        let waiting = Mailbox<HTTPResponder>()
        let handler = ClosureHandler { request, responder in
            if request.path == "/1" { waiting.put(responder) } else { responder.respond(.text("second")) }
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
            let first = await waiting.next(1)[0]
            client.send("PUT /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            await server.onLoop { _ in first.respond(.text("first")) }
            #expect(try client.readAnswer().body == "first")
            #expect(try client.read(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("hi")
            #expect(try client.readAnswer().body == "second")
        }
    }
}
