internal import HTTP

/// Reads the answer to a client's handshake (RFC 9112, 4), whatever pieces it comes in.
///
/// A body is read as far as its length says, as its chunks go, or to the end of the connection, and at most 64 KiB of it.
struct UpgradeAnswer: ~Copyable {
    enum Event: Equatable {
        case needsMore
        /// 101: what follows the head is the WebSocket's.
        case upgraded(status: Int, headers: HTTPHeaders, rest: [UInt8])
        case refused(status: Int, headers: HTTPHeaders, body: [UInt8])
        case invalid(String)
    }

    static let maximumHeadBytes = 16 * 1024
    static let maximumBodyBytes = 64 * 1024

    private var bytes: [UInt8] = []
    private var head: (status: Int, headers: HTTPHeaders, end: Int)?

    mutating func read(_ piece: RawSpan) -> Event {
        unsafe piece.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        if head == nil {
            guard let end = headEnd() else {
                return bytes.count > Self.maximumHeadBytes ? .invalid("its head is too long") : .needsMore
            }
            guard let (status, headers) = Self.parse(bytes[..<end]) else { return .invalid("its head is malformed") }
            // Interim answers announce another one (RFC 9110, 15.2).
            if (100...199).contains(status), status != 101 {
                bytes.removeFirst(end)
                return read(RawSpan())
            }
            head = (status, headers, end)
        }
        return answer(atEnd: false)
    }

    /// What there is when the server has closed; nil if that is no answer.
    mutating func finish() -> Event? {
        guard head != nil else { return nil }
        return answer(atEnd: true)
    }

    private func answer(atEnd: Bool) -> Event {
        guard let (status, headers, end) = head else { return .needsMore }
        if status == 101 { return .upgraded(status: status, headers: headers, rest: Array(bytes[end...])) }
        let body = bytes[end...]
        func refused(_ body: some Sequence<UInt8>) -> Event {
            .refused(status: status, headers: headers, body: Array(body.prefix(Self.maximumBodyBytes)))
        }
        if status == 204 || status == 304 { return refused([]) }
        if headers.contains("Transfer-Encoding", token: "chunked") {
            let (content, isComplete) = Self.unchunk(body)
            return isComplete || atEnd || content.count >= Self.maximumBodyBytes ? refused(content) : .needsMore
        }
        if let length = headers["Content-Length"].flatMap({ Int($0) }), length >= 0 {
            return body.count >= min(length, Self.maximumBodyBytes) || atEnd
                ? refused(body.prefix(length)) : .needsMore
        }
        return atEnd || body.count >= Self.maximumBodyBytes ? refused(body) : .needsMore
    }

    /// Just behind the empty line.
    private func headEnd() -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 3..<min(bytes.count, Self.maximumHeadBytes)
        where bytes[index] == 0x0A && bytes[index - 1] == 0x0D && bytes[index - 2] == 0x0A && bytes[index - 3] == 0x0D {
            return index + 1
        }
        return nil
    }

    private static func parse(_ head: ArraySlice<UInt8>) -> (status: Int, headers: HTTPHeaders)? {
        guard !head.contains(0) else { return nil }
        let text = String(decoding: head.dropLast(4), as: UTF8.self)
        // "\r\n" is one character, so a bare CR or LF stays inside a line, and is found there.
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        guard lines.allSatisfy({ !$0.contains { $0 == "\r" || $0 == "\n" } }) else { return nil }
        guard let first = lines.popFirst(), first.hasPrefix("HTTP/1.1 ") || first.hasPrefix("HTTP/1.0 ") else {
            return nil
        }
        let digits = first.dropFirst(9).prefix(3)
        guard digits.utf8.count == 3, let status = Int(digits), (100...599).contains(status) else { return nil }
        let behind = first.dropFirst(12)
        guard behind.isEmpty || behind.first == " " else { return nil }
        var headers = HTTPHeaders()
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let name = line[..<colon]
            guard !name.isEmpty, name.utf8.allSatisfy(HeaderScanner.isTokenByte) else { return nil }
            var value = line[line.index(after: colon)...]
            while let space = value.first, space == " " || space == "\t" { value.removeFirst() }
            while let space = value.last, space == " " || space == "\t" { value.removeLast() }
            headers.append(String(name), String(value))
        }
        return (status, headers)
    }

    /// The content of as many chunks as are there (RFC 9112, 7.1).
    private static func unchunk(_ body: ArraySlice<UInt8>) -> (content: [UInt8], isComplete: Bool) {
        var content: [UInt8] = []
        var rest = body
        while let lineEnd = rest.firstIndex(of: 0x0A) {
            let size = rest[..<lineEnd].prefix { $0 != UInt8(ascii: ";") && $0 != 0x0D }
            guard let length = Int(String(decoding: size, as: UTF8.self), radix: 16), length >= 0 else {
                return (content, true)
            }
            if length == 0 { return (content, true) }
            rest = rest[(lineEnd + 1)...]
            content.append(contentsOf: rest.prefix(length))
            guard rest.count - 2 >= length else { return (content, false) }
            rest = rest.dropFirst(length + 2)
        }
        return (content, false)
    }
}
