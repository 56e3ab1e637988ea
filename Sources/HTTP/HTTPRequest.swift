package import EventLoop

/// A whole request, checked: where its message ends is beyond doubt, and its path and query decode.
package struct HTTPRequest: Sendable {
    package let method: HTTPMethod
    package let version: HTTPVersion
    package let headers: HTTPHeaders
    /// The content, its transfer coding undone; trailers are checked and dropped (RFC 9110, section 6.5.1).
    package internal(set) var body: [UInt8]
    /// Reads the content as it comes, where the handler asked for that; ``body`` is then empty.
    var stream: HTTPBodyReader?
    /// Where the connection came from; who asks may be behind a proxy: ``TrustedProxies``.
    package internal(set) var peer: IPAddress
    /// Whether it came over TLS.
    package internal(set) var isSecure: Bool
    let line: RequestTarget
    let semantics: RequestSemantics

    init(
        method: HTTPMethod, version: HTTPVersion, headers: HTTPHeaders, line: RequestTarget, semantics: RequestSemantics
    ) {
        self.method = method
        self.version = version
        self.headers = headers
        self.line = line
        self.semantics = semantics
        body = []
        peer = .none
        isSecure = false
    }

    /// The request that a client would have to send, for callers in the same process and for tests.
    ///
    /// `Host` and `Content-Length` are added where they are missing.
    /// - Throws: What the server would refuse it with.
    package init(
        _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = [:], body: [UInt8] = [],
        peer: IPAddress = .loopback, isSecure: Bool = false
    ) throws(HTTPRefusal) {
        var headers = headers
        if !headers.contains("Host") { headers.append("Host", "localhost") }
        if !body.isEmpty { headers.set("Content-Length", String(body.count)) }
        var bytes = Array("\(method.rawValue) \(target) HTTP/1.1\r\n".utf8)
        for (name, value) in headers { bytes.append(contentsOf: "\(name): \(value)\r\n".utf8) }
        bytes.append(contentsOf: "\r\n".utf8)
        bytes.append(contentsOf: body)

        var parser = RequestParser(limits: HTTPLimits())
        var position = 0
        var event = parser.next(bytes.span, from: &position)
        if case .head = event {
            if let refusal = parser.acceptBody(limit: .max) { throw refusal }
            event = parser.next(bytes.span, from: &position)
        }
        switch event {
        case .request(let request):
            self = request
            self.peer = peer
            self.isSecure = isSecure
        case .refused(let refusal): throw refusal
        case .head, .content, .needsMore: throw HTTPRefusal(.badRequest, "The request is incomplete")
        }
    }

    /// Reads the content, be it as it comes or of what is there as a whole. To be asked for once.
    package var content: HTTPBodyReader { stream ?? HTTPBodyReader(whole: body) }

    /// The request target as it was sent.
    package var target: String { text(line.raw) }

    /// The path, its escapes undone; always begins with `/`, but for the `*` of `OPTIONS *`. It holds no dot segment,
    /// no control byte, and no slash that was escaped.
    package var path: String { text(line.path) }

    /// The path and query as they were sent, for a redirect.
    package var pathAndQuery: String {
        let start = line.authority.isEmpty ? line.raw.start : line.authority.end
        return text(ByteRange(Int(start), Int(line.raw.end)))
    }

    package var query: Query { Query(text(line.query)) }

    /// Whom the client believes it speaks to (`Host`, or the target's own authority); nothing in an HTTP/1.0 request without it.
    package var authority: String? {
        line.authority.isEmpty ? headers["Host"] : text(line.authority)
    }

    /// Whether the request said how long its content is, be it 0.
    package var declaresContent: Bool { semantics.content != .none }

    /// Whether it asks to leave HTTP for another protocol (RFC 9110, section 7.8).
    package var asksForUpgrade: Bool { version == .http11 && semantics.namesUpgrade && semantics.connectionUpgrade }

    /// Whether the connection may carry another request (RFC 9112, section 9.3).
    var keepsAlive: Bool {
        switch version {
        case .http11: !semantics.connectionClose
        case .http10: semantics.connectionKeepAlive && !semantics.connectionClose
        }
    }

    var expectsContinue: Bool { version == .http11 && semantics.expectsContinue }

    var pathBytes: ArraySlice<UInt8> { headers.bytes[line.path.indices] }

    private func text(_ range: ByteRange) -> String {
        String(decoding: headers.bytes[range.indices], as: UTF8.self)
    }
}
