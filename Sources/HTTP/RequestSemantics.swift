/// What a header section says about the message itself, gathered field by field.
struct RequestSemantics: Sendable {
    enum Content: Hashable, Sendable {
        case none
        case length(Int)
        case chunked
    }

    private(set) var content = Content.none
    private(set) var connectionClose = false
    private(set) var connectionKeepAlive = false
    private(set) var connectionUpgrade = false
    private(set) var namesUpgrade = false
    private(set) var expectsContinue = false

    private var hasHost = false
    private var codings = 0
    private var chunkedCodings = 0
    private var endsInChunked = false

    /// Takes note of a field.
    mutating func read(
        _ bytes: Span<UInt8>, name: Range<Int>, value: Range<Int>, version: HTTPVersion
    ) throws(HTTPRefusal) {
        switch name.count {
        case 4 where bytes.matches(name, lowercase: "host"):
            guard !hasHost else { throw HTTPRefusal(.badRequest, "Host appears twice") }
            guard HostSyntax.isValid(bytes, value) else { throw HTTPRefusal(.badRequest, "Host is malformed") }
            hasHost = true
        case 6 where bytes.matches(name, lowercase: "expect"):
            guard version == .http11 else { return }
            guard bytes.matches(value, lowercase: "100-continue") else {
                throw HTTPRefusal(.expectationFailed, "The only expectation met here is 100-continue")
            }
            expectsContinue = true
        case 7 where bytes.matches(name, lowercase: "upgrade"):
            namesUpgrade = true
        case 10 where bytes.matches(name, lowercase: "connection"):
            forEachElement(bytes, value) { element in
                if bytes.matches(element, lowercase: "close") { connectionClose = true }
                if bytes.matches(element, lowercase: "keep-alive") { connectionKeepAlive = true }
                if bytes.matches(element, lowercase: "upgrade") { connectionUpgrade = true }
            }
        case 14 where bytes.matches(name, lowercase: "content-length"):
            try readContentLength(bytes, value)
        case 17 where bytes.matches(name, lowercase: "transfer-encoding"):
            try readTransferEncoding(bytes, value)
        default: break
        }
    }

    /// Decides how long the message is, once every field has been read (RFC 9112, section 6.3).
    mutating func finish(version: HTTPVersion) throws(HTTPRefusal) {
        guard hasHost || version == .http10 else { throw HTTPRefusal(.badRequest, "Host is missing") }
        guard codings > 0 else { return }
        guard version == .http11 else {
            throw HTTPRefusal(.badRequest, "Transfer-Encoding is not allowed in HTTP/1.0")
        }
        guard content == .none else {
            throw HTTPRefusal(.badRequest, "Content-Length and Transfer-Encoding exclude each other")
        }
        guard chunkedCodings > 0 else {
            throw HTTPRefusal(.notImplemented, "The only transfer coding understood here is chunked")
        }
        guard chunkedCodings == 1, endsInChunked else {
            throw HTTPRefusal(.badRequest, "The transfer coding chunked must be applied once and last")
        }
        guard codings == 1 else {
            throw HTTPRefusal(.notImplemented, "The only transfer coding understood here is chunked")
        }
        content = .chunked
    }

    private mutating func readContentLength(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HTTPRefusal) {
        guard content == .none else { throw HTTPRefusal(.badRequest, "Content-Length appears twice") }
        guard !value.isEmpty else { throw HTTPRefusal(.badRequest, "Content-Length is not a number") }
        var length = 0
        for index in value {
            guard bytes[index].isDigit else { throw HTTPRefusal(.badRequest, "Content-Length is not a number") }
            let (product, overflow) = length.multipliedReportingOverflow(by: 10)
            // Past any limit, and so refused as too large.
            length = overflow ? .max : product.addingReportingOverflow(Int(bytes[index] - 48)).partialValue
            if length < 0 { length = .max }
        }
        content = .length(length)
    }

    private mutating func readTransferEncoding(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HTTPRefusal) {
        var isMalformed = value.isEmpty
        forEachElement(bytes, value) { element in
            codings += 1
            endsInChunked = bytes.matches(element, lowercase: "chunked")
            if endsInChunked { chunkedCodings += 1 }
            isMalformed = isMalformed || element.isEmpty || !element.allSatisfy { ByteSet.token.contains(bytes[$0]) }
        }
        guard !isMalformed else { throw HTTPRefusal(.badRequest, "Transfer-Encoding is malformed") }
    }

    /// Calls `body` with each element of a comma-separated list, trimmed; elements may be empty.
    private func forEachElement(_ bytes: Span<UInt8>, _ value: Range<Int>, _ body: (Range<Int>) -> Void) {
        var start = value.lowerBound
        for index in value where bytes[index] == UInt8(ascii: ",") {
            body(bytes.trimmed(start..<index))
            start = index + 1
        }
        body(bytes.trimmed(start..<value.upperBound))
    }
}
