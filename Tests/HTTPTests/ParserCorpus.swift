import HTTP
import Testing

/// Byte streams and what the server must make of them.
enum ParserCorpus {
    struct Sample: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        /// Such as `GET /path` for a request taken, `GET /path [body]` for one with a body, `400` for a refusal.
        let outcome: [String]

        init(_ name: String, _ text: String, _ outcome: String...) {
            self.name = name
            bytes = Array(text.utf8)
            self.outcome = outcome
        }

        init(_ name: String, bytes: [UInt8], _ outcome: String...) {
            self.name = name
            self.bytes = bytes
            self.outcome = outcome
        }

        var testDescription: String { name }
    }

    private static func request(
        _ fields: String, body: String = "", line: String = "POST /x HTTP/1.1"
    ) -> String {
        "\(line)\r\nHost: hub\r\n\(fields)\r\n\(body)"
    }

    private static func chunked(_ body: String) -> String {
        request("Transfer-Encoding: chunked\r\n", body: body)
    }

    static let accepted: [Sample] = [
        Sample("the shortest request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /"),
        Sample(
            "two in one piece", "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /1",
            "HEAD /2"),
        Sample("an empty line before it", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /"),
        Sample(
            "an empty line between two", "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /1", "GET /2"),
        Sample("content with its length", request("Content-Length: 5\r\n", body: "hello"), "POST /x [hello]"),
        Sample("no content", request("Content-Length: 0\r\n"), "POST /x"),
        Sample(
            "content, then another request",
            request("Content-Length: 2\r\n", body: "{}") + "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST /x [{}]", "GET /"),
        Sample(
            "content of a GET", request("Content-Length: 2\r\n", body: "hi", line: "GET /x HTTP/1.1"), "GET /x [hi]"),
        Sample("chunks", chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "POST /x [hello world]"),
        Sample("no chunk", chunked("0\r\n\r\n"), "POST /x"),
        Sample(
            "a chunk's size with leading zeros and both cases",
            chunked("00a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n"),
            "POST /x [01234567890123456789]"),
        Sample("chunk extensions", chunked("5;a=b;c=\"d; e\"\r\nhello\r\n0;last\r\n\r\n"), "POST /x [hello]"),
        Sample(
            "trailers", chunked("1\r\na\r\n0\r\nDigest: x\r\nEmpty:\r\n\r\n") + "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /x [a]", "GET /"),
        Sample(
            "chunked in any case, with blanks around it",
            request("transfer-ENCODING:\t CHUNKED \r\n", body: "0\r\n\r\n"), "POST /x"),
        Sample("HTTP/1.0 without Host", "GET /old HTTP/1.0\r\n\r\n", "GET /old"),
        Sample("a later minor version", "GET / HTTP/1.9\r\nHost: a\r\n\r\n", "GET /"),
        Sample("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS *"),
        Sample("the absolute form", "GET http://hub.example:80/a?b HTTP/1.1\r\nHost: other\r\n\r\n", "GET /a?b"),
        Sample("the absolute form without a path", "GET HTTPS://hub?q=1 HTTP/1.1\r\nHost: hub\r\n\r\n", "GET /?q=1"),
        Sample("escapes", "GET /caf%C3%A9%20x?q=%2F%0a HTTP/1.1\r\nHost: a\r\n\r\n", "GET /café x?q=%2F%0a"),
        Sample(
            "what browsers leave in a query", "GET /?f[a]=b|c&d={e}^` HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /?f[a]=b|c&d={e}^`"),
        Sample(
            "dots that are no dot segments", "GET /a.b/..c/.../.well-known HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a.b/..c/.../.well-known"),
        Sample(
            "an empty value and blanks around one", "GET / HTTP/1.1\r\nHost: \t a \t\r\nX:\r\nY: \t\r\n\r\n", "GET /"),
        Sample(
            "bytes above ASCII in a value",
            bytes: Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [0xE9, 0xFF, 13, 10, 13, 10], "GET /"),
        Sample("Host with an IPv6 address", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET /"),
        Sample("Host with an empty port", "GET / HTTP/1.1\r\nHost: hub:\r\n\r\n", "GET /"),
        Sample("Expect", request("Content-Length: 1\r\nExpect: 100-Continue\r\n", body: "a"), "POST /x [a]"),
        Sample("Expect in HTTP/1.0", "POST /x HTTP/1.0\r\nContent-Length: 1\r\nExpect: tea\r\n\r\na", "POST /x [a]"),
    ]

    static let refused: [Sample] = [
        // The request line.
        Sample("TLS on a plain port", bytes: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01], "400"),
        Sample("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("a bare line feed first", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("a space first", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("HTTP/0.9", "GET /\r\n", "400"),
        Sample("no target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("a space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "400"),
        Sample("a tab for a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("a version without minor", "GET / HTTP/1\r\nHost: a\r\n\r\n", "400"),
        Sample("a version of two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", "400"),
        Sample("version 2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"),
        Sample("version 0.9 spelt out", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", "505"),
        Sample("an unknown method", "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", "501"),
        Sample("a method in lower case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "501"),
        Sample("CONNECT", "CONNECT hub:443 HTTP/1.1\r\nHost: hub\r\n\r\n", "501"),
        Sample("TRACE", "TRACE / HTTP/1.1\r\nHost: hub\r\n\r\n", "501"),
        Sample("a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        // The target.
        Sample("no slash", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("* with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("a space in the path", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample(
            "a byte above ASCII",
            bytes: Array("GET /".utf8) + [0xC3, 0xA9] + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8), "400"),
        Sample("NUL in the path", "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("an angle bracket in the query", "GET /?<b> HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("an escape cut short", "GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("an escape of no digits", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("an escape cut short in the query", "GET /?a=% HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("an escaped NUL", "GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("an escaped NUL in the query", "GET /?a%00b HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("an escaped line end in the path", "GET /a%0d%0ab HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("an escaped slash", "GET /a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("an escaped backslash", "GET /a%5cb HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("escapes that are not UTF-8", "GET /%C3%28 HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("an overlong escape of a slash", "GET /%c0%af HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("a dot segment", "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("a dot segment at the end", "GET /a/. HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("an escaped dot segment", "GET /a/%2e%2E/b HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Sample("another scheme", "GET ftp://hub/ HTTP/1.1\r\nHost: hub\r\n\r\n", "400"),
        Sample("an absolute form without a host", "GET http:///a HTTP/1.1\r\nHost: hub\r\n\r\n", "400"),
        Sample("user information", "GET http://me@hub/ HTTP/1.1\r\nHost: hub\r\n\r\n", "400"),
        // Host.
        Sample("no Host", "GET / HTTP/1.1\r\n\r\n", "400"),
        Sample("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400"),
        Sample("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "400"),
        Sample("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400"),
        Sample("Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "400"),
        Sample("Host with a list", "GET / HTTP/1.1\r\nHost: a, b c\r\n\r\n", "400"),
        Sample("Host with a port too great", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", "400"),
        Sample("Host with a port that is no number", "GET / HTTP/1.1\r\nHost: a:http\r\n\r\n", "400"),
        Sample("Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "400"),
        // Field lines.
        Sample("a fold", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", "400"),
        Sample("white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400"),
        Sample("white space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"),
        Sample("no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", "400"),
        Sample("no name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", "400"),
        Sample("a name that is no token", "GET / HTTP/1.1\r\nHost: a\r\nX(y): x\r\n\r\n", "400"),
        Sample("NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n", "400"),
        Sample("a control byte in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{b}b\r\n\r\n", "400"),
        Sample("DEL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{7f}b\r\n\r\n", "400"),
        Sample("a bare carriage return in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n\r\n", "400"),
        Sample("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", "400"),
        Sample("a bare line feed in the header section", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "400"),
        Sample("two carriage returns", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", "400"),
        // Framing.
        Sample(
            "both framings", request("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", body: "0\r\n\r\n"), "400"),
        Sample(
            "both framings the other way",
            request("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", body: "0\r\n\r\n"), "400"),
        Sample("two lengths", request("Content-Length: 5\r\nContent-Length: 6\r\n", body: "hello"), "400"),
        Sample("the same length twice", request("Content-Length: 5\r\nContent-Length: 5\r\n", body: "hello"), "400"),
        Sample("a list of lengths", request("Content-Length: 5, 5\r\n", body: "hello"), "400"),
        Sample("a length with a sign", request("Content-Length: +5\r\n", body: "hello"), "400"),
        Sample("a negative length", request("Content-Length: -5\r\n"), "400"),
        Sample("a hexadecimal length", request("Content-Length: 0x5\r\n", body: "hello"), "400"),
        Sample("a length with a space", request("Content-Length: 1 0\r\n", body: "hello"), "400"),
        Sample("an empty length", request("Content-Length:\r\n"), "400"),
        Sample("a length past all integers", request("Content-Length: 99999999999999999999999\r\n"), "413"),
        Sample("a length past the limit", request("Content-Length: 65\r\n"), "413"),
        Sample("an unknown coding", request("Transfer-Encoding: gzip\r\n"), "501"),
        Sample(
            "an unknown coding before chunked", request("Transfer-Encoding: gzip, chunked\r\n", body: "0\r\n\r\n"),
            "501"),
        Sample("identity", request("Transfer-Encoding: identity\r\n"), "501"),
        Sample("chunked not last", request("Transfer-Encoding: chunked, gzip\r\n"), "400"),
        Sample(
            "chunked not last in two fields", request("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
            "400"),
        Sample("chunked twice", request("Transfer-Encoding: chunked, chunked\r\n", body: "0\r\n\r\n"), "400"),
        Sample("chunked with a parameter", request("Transfer-Encoding: chunked;q=1\r\n", body: "0\r\n\r\n"), "400"),
        Sample("chunked in quotes", request("Transfer-Encoding: \"chunked\"\r\n", body: "0\r\n\r\n"), "400"),
        Sample("an empty coding", request("Transfer-Encoding:\r\n"), "400"),
        Sample("an empty element", request("Transfer-Encoding: ,chunked\r\n", body: "0\r\n\r\n"), "400"),
        Sample(
            "a vertical tab before chunked", request("Transfer-Encoding: \u{b}chunked\r\n", body: "0\r\n\r\n"), "400"),
        Sample("chunked in HTTP/1.0", "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        Sample("another expectation", request("Expect: tea\r\nContent-Length: 1\r\n", body: "a"), "417"),
        // Chunks.
        Sample("no chunk size", chunked("\r\nhello\r\n0\r\n\r\n"), "400"),
        Sample("a chunk size with a sign", chunked("+5\r\nhello\r\n0\r\n\r\n"), "400"),
        Sample("a negative chunk size", chunked("-5\r\nhello\r\n0\r\n\r\n"), "400"),
        Sample("a chunk size with 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n"), "400"),
        Sample("a space before a chunk size", chunked(" 5\r\nhello\r\n0\r\n\r\n"), "400"),
        Sample("a space behind a chunk size", chunked("5 \r\nhello\r\n0\r\n\r\n"), "400"),
        Sample("a chunk size that is no number", chunked("five\r\nhello\r\n0\r\n\r\n"), "400"),
        Sample("a chunk size that overflows", chunked("ffffffffffffffff1\r\nhello\r\n0\r\n\r\n"), "400"),
        Sample("a chunk size past the limit", chunked("41\r\n"), "413"),
        Sample(
            "chunks past the limit together", chunked("21\r\n\(String(repeating: "a", count: 33))\r\n20\r\n"), "413"),
        Sample("a chunk longer than its size", chunked("4\r\nhello\r\n0\r\n\r\n"), "400"),
        Sample("a bare line feed behind a chunk size", chunked("5\nhello\r\n0\r\n\r\n"), "400"),
        Sample("a bare line feed behind a chunk", chunked("5\r\nhello\n0\r\n\r\n"), "400"),
        Sample("a bare line feed in an extension", chunked("5;a\nhello\r\n0\r\n\r\n"), "400"),
        Sample("a bare carriage return in an extension", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), "400"),
        Sample("NUL in an extension", chunked("5;\u{0}\r\nhello\r\n0\r\n\r\n"), "400"),
        Sample(
            "extensions past their limit", chunked("1;\(String(repeating: "a", count: 64))\r\na\r\n0\r\n\r\n"), "400"),
        Sample("a folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n"), "400"),
        Sample("a trailer without a colon", chunked("0\r\nA\r\n\r\n"), "400"),
        Sample("a trailer with white space before the colon", chunked("0\r\nA : b\r\n\r\n"), "400"),
        Sample("a control byte in a trailer", chunked("0\r\nA: \u{1}\r\n\r\n"), "400"),
        Sample("trailers past their limit", chunked("0\r\nA: \(String(repeating: "a", count: 300))\r\n\r\n"), "431"),
        Sample("a bare line feed at the end of chunks", chunked("0\r\n\n"), "400"),
        // Limits; see the parser of the tests.
        Sample(
            "a request line past the limit", "GET /\(String(repeating: "a", count: 115)) HTTP/1.1\r\nHost: a\r\n\r\n",
            "414"),
        Sample("a request line without end", "GET /" + String(repeating: "a", count: 500), "414"),
        Sample(
            "a header section past the limit",
            "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 250))\r\n\r\n", "431"),
        Sample("a header without end", "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 900), "431"),
        Sample(
            "too many fields", "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X:\r\n", count: 10) + "\r\n", "431"),
        Sample(
            "a good request before a bad one",
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost : a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /1", "400"),
    ]
}
