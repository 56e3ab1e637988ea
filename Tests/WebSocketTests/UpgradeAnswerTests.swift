import HTTP
import Testing

@testable import WebSocket

@Suite struct `The answer to a client's handshake` {
    private func read(_ text: String, thenCloses: Bool = false) -> [UpgradeAnswer.Event?] {
        let bytes = Array(text.utf8)
        return (0...bytes.count).map { cut in
            let (head, tail) = (Array(bytes[..<cut]), Array(bytes[cut...]))
            var answer = UpgradeAnswer()
            var event = answer.read(head.span.bytes)
            if event == .needsMore { event = answer.read(tail.span.bytes) }
            return event == .needsMore && thenCloses ? answer.finish() : event
        }
    }

    private func expect(
        _ text: String, thenCloses: Bool = false, _ expected: UpgradeAnswer.Event?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for event in read(text, thenCloses: thenCloses) { #expect(event == expected, sourceLocation: sourceLocation) }
    }

    @Test func `reads a refusal with its whole body, cut anywhere`() {
        expect(
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\nX-A:  b \r\n\r\nnope",
            .refused(status: 401, headers: ["Content-Length": "4", "X-A": "b"], body: Array("nope".utf8)))
        expect(
            "HTTP/1.1 503 \r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            .refused(status: 503, headers: ["Transfer-Encoding": "chunked"], body: Array("abcde".utf8)))
        expect("HTTP/1.1 204 No Content\r\n\r\n", .refused(status: 204, headers: [:], body: []))
        expect(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            .refused(status: 404, headers: ["Content-Length": "0"], body: []))
    }

    @Test func `reads a body without length to the end of the connection`() {
        expect("HTTP/1.1 500 Oh\r\n\r\nall of it", .needsMore)
        expect(
            "HTTP/1.1 500 Oh\r\n\r\nall of it", thenCloses: true,
            .refused(status: 500, headers: [:], body: Array("all of it".utf8)))
        expect(
            "HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\nless", thenCloses: true,
            .refused(status: 500, headers: ["Content-Length": "100"], body: Array("less".utf8)))
        expect("HTTP/1.1 500 Oh\r\n", thenCloses: true, nil)
    }

    @Test func `leaves what follows a 101 to the WebSocket`() {
        let text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
        let bytes = Array((text + "ab").utf8)
        var answer = UpgradeAnswer()
        let event = answer.read(bytes.span.bytes)
        #expect(event == .upgraded(status: 101, headers: ["Upgrade": "websocket"], rest: Array("ab".utf8)))
    }

    static let malformed = [
        "HTTP/2 101 x\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n", "HTTP/1.1 1000 x\r\n\r\n", "HTTP/1.1 +10 x\r\n\r\n",
        "hello\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\n: empty\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\nB: c\r\n\r\n", "HTTP/1.1 200 OK\rA: b\r\n\r\n",
    ]

    @Test(arguments: malformed) func `is refused if it is malformed`(text: String) {
        expect(text, .invalid("its head is malformed"))
    }

    @Test func `is given up when its head does not end, and cut when its body does not`() {
        var answer = UpgradeAnswer()
        let long = Array("HTTP/1.1 200 OK\r\nA: ".utf8) + [UInt8](repeating: 0x61, count: 20_000)
        let first = answer.read(long.span.bytes)
        #expect(first == .invalid("its head is too long"))
        let (head, body) = (Array("HTTP/1.1 500 Oh\r\n\r\n".utf8), [UInt8](repeating: 0x61, count: 100_000))
        var endless = UpgradeAnswer()
        _ = endless.read(head.span.bytes)
        let event = endless.read(body.span.bytes)
        #expect(event == .refused(status: 500, headers: [:], body: .init(repeating: 0x61, count: 65_536)))
    }
}

@Suite struct `A WebSocket URL` {
    static let good: [(String, WebSocketURL, String)] = [
        ("ws://example.org", WebSocketURL(host: "example.org"), "example.org"),
        ("wss://example.org/a?b=c", WebSocketURL(isSecure: true, host: "example.org", target: "/a?b=c"), "example.org"),
        ("WS://h:9001?x", WebSocketURL(host: "h", port: 9001, target: "/?x"), "h:9001"),
        ("ws://[::1]:81/", WebSocketURL(host: "::1", port: 81), "[::1]:81"),
        ("wss://h:80", WebSocketURL(isSecure: true, host: "h", port: 80), "h:80"),
    ]

    @Test(arguments: good) func `is read`(text: String, url: WebSocketURL, authority: String) {
        #expect(WebSocketURL(text) == url)
        #expect(url.authority == authority)
    }

    @Test(arguments: [
        "http://h", "ws:/h", "ws://", "ws://:80", "ws://h:0", "ws://h:65536", "ws://h:a", "ws://u@h", "ws://h/#f",
        "ws://h/a b", "ws://h/\r\nX: y", "ws://[::1", "ws://[::1]x", "ws://h/ä",
    ])
    func `is refused if it is none`(text: String) {
        #expect(WebSocketURL(text) == nil)
    }
}
