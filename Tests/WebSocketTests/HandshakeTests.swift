import HTTP
import Testing

@testable import WebSocket

@Suite struct `The server's handshake` {
    private static let good: HTTPHeaders = [
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ]

    private static func with(_ name: String, _ value: String?) -> HTTPHeaders {
        var headers = good
        headers.remove(name)
        if let value { headers.append(name, value) }
        return headers
    }

    private func answer(_ headers: HTTPHeaders, options: WebSocketOptions = WebSocketOptions()) throws -> String {
        let request = try HTTPRequest(.get, "/chat", headers: headers)
        return String(decoding: try WebSocketHandshake.accept(request, options: options).get().response, as: UTF8.self)
    }

    @Test func `answers the example of RFC 6455, 1.3`() throws {
        #expect(
            try answer(Self.good)
                == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
    }

    static let refused: [(String, HTTPHeaders, HTTPStatus)] = [
        ("no Upgrade", with("Upgrade", nil), 426), ("another protocol", with("Upgrade", "h2c"), 426),
        ("no Connection", with("Connection", nil), 400),
        ("Connection without upgrade", with("Connection", "close"), 400),
        ("no version", with("Sec-WebSocket-Version", nil), 400), ("version 8", with("Sec-WebSocket-Version", "8"), 426),
        ("version 013", with("Sec-WebSocket-Version", "013"), 426),
        ("a list of versions", with("Sec-WebSocket-Version", "13, 8"), 426),
        ("no key", with("Sec-WebSocket-Key", nil), 400),
        ("a key of 15 bytes", with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j"), 400),
        ("a key that is not base64", with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZ!=="), 400),
        ("a key without padding", with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ"), 400),
        ("a protocol list with a hole in its grammar", with("Sec-WebSocket-Protocol", "a b"), 400),
        ("a protocol twice", with("Sec-WebSocket-Protocol", "a, a"), 400),
        ("a bad extension header", with("Sec-WebSocket-Extensions", "permessage-deflate;"), 400),
    ]

    @Test(arguments: refused) func `refuses`(what: String, headers: HTTPHeaders, status: HTTPStatus) throws {
        let request = try HTTPRequest(.get, "/chat", headers: headers)
        guard case .failure(let refusal) = WebSocketHandshake.accept(request, options: WebSocketOptions()) else {
            Issue.record("accepted")
            return
        }
        #expect(refusal.status == status)
        #expect(refusal.headers["Sec-WebSocket-Version"] == (status == 426 ? "13" : nil))
        #expect(!refusal.reason.isEmpty)
    }

    @Test func `refuses two keys or versions`() throws {
        for name in ["Sec-WebSocket-Key", "Sec-WebSocket-Version"] {
            var headers = Self.good
            headers.append(name, try #require(headers[name]))
            let request = try HTTPRequest(.get, "/", headers: headers)
            #expect(throws: WebSocketRefusal.self) {
                _ = try WebSocketHandshake.accept(request, options: WebSocketOptions()).get()
            }
        }
    }

    @Test func `refuses POST, and a GET with content`() throws {
        for request in [
            try HTTPRequest(.post, "/", headers: Self.good), try HTTPRequest(.get, "/", headers: Self.good, body: [1]),
        ] {
            guard case .failure(let refusal) = WebSocketHandshake.accept(request, options: WebSocketOptions()) else {
                Issue.record("accepted")
                continue
            }
            #expect(refusal.status == 400)
        }
    }

    @Test func `takes names and tokens in any case, and tokens among others`() throws {
        let headers: HTTPHeaders = [
            "upgrade": "h2c, WebSocket", "CONNECTION": "keep-alive, UPGRADE", "sec-websocket-version": "13",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        #expect(try answer(headers).contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
    }

    @Test func `selects the first of the offered subprotocols that it speaks, or none`() throws {
        var options = WebSocketOptions()
        options.subprotocols = ["presence.v2", "presence.v1"]
        var headers = Self.with("Sec-WebSocket-Protocol", "other, presence.v1")
        headers.append("Sec-WebSocket-Protocol", "presence.v2")
        #expect(try answer(headers, options: options).contains("\r\nSec-WebSocket-Protocol: presence.v1\r\n"))
        let other = Self.with("Sec-WebSocket-Protocol", "Presence.V1")
        #expect(try !answer(other, options: options).contains("Sec-WebSocket-Protocol"))
        #expect(try !answer(Self.good, options: options).contains("Sec-WebSocket-Protocol"))
    }

    @Test func `compresses only if it is told to and asked to`() throws {
        let offer = Self.with("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
        #expect(try !answer(offer).contains("Sec-WebSocket-Extensions"))
        var options = WebSocketOptions()
        options.deflate = DeflateOptions()
        #expect(try answer(offer, options: options).contains("\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"))
        #expect(try !answer(Self.good, options: options).contains("Sec-WebSocket-Extensions"))
    }

    @Test func `adds the caller's fields to its answer`() throws {
        let request = try HTTPRequest(.get, "/", headers: Self.good)
        var acceptance = try WebSocketHandshake.accept(request, options: WebSocketOptions()).get()
        acceptance.headers.append("X-Request-ID", "42")
        #expect(String(decoding: acceptance.response, as: UTF8.self).hasSuffix("\r\nX-Request-ID: 42\r\n\r\n"))
    }
}
