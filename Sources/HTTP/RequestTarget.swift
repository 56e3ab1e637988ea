/// Where the parts of a request target lie in the request's bytes (RFC 9112, section 3.2).
struct RequestTarget: Sendable {
    var raw: ByteRange
    /// The path as it is in `raw`, unless ``decodedPath`` replaces it.
    var path: ByteRange
    /// Without the `?`.
    var query: ByteRange = .empty
    /// Of the absolute form; replaces `Host` (RFC 9112, section 3.2.2).
    var authority: ByteRange = .empty
    /// The path when it is not in the target as such: it held escapes, or was left out of an absolute form.
    var decodedPath: [UInt8] = []

    init(_ bytes: Span<UInt8>, _ range: Range<Int>, method: HTTPMethod) throws(HTTPRefusal) {
        raw = ByteRange(range.lowerBound, range.upperBound)
        path = raw
        var start = range.lowerBound
        if method == .options, bytes.matches(range, lowercase: "*") { return }
        if bytes[start] != UInt8(ascii: "/") {
            start = try skipAuthority(bytes, range)
        }
        let pathEnd =
            bytes.firstIndex(of: UInt8(ascii: "?"), from: start).map { min($0, range.upperBound) }
            ?? range.upperBound
        path = ByteRange(start, pathEnd)
        try readPath(bytes, start..<pathEnd)
        if pathEnd < range.upperBound {
            query = ByteRange(pathEnd + 1, range.upperBound)
            try checkQuery(bytes, pathEnd + 1..<range.upperBound)
        }
    }

    /// Reads `http://authority` and returns where the path begins.
    private mutating func skipAuthority(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(HTTPRefusal) -> Int {
        func begins(_ scheme: StaticString) -> Bool {
            let end = range.lowerBound + scheme.utf8CodeUnitCount
            return end <= range.upperBound && bytes.matches(range.lowerBound..<end, lowercase: scheme)
        }
        let start: Int
        if begins("http://") {
            start = range.lowerBound + 7
        } else if begins("https://") {
            start = range.lowerBound + 8
        } else {
            throw HTTPRefusal(.badRequest, "The request target must be a path or an http URI")
        }
        var end = start
        while end < range.upperBound, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") { end += 1 }
        guard HostSyntax.isValid(bytes, start..<end) else {
            throw HTTPRefusal(.badRequest, "The request target names no valid host")
        }
        authority = ByteRange(start, end)
        return end
    }

    private mutating func readPath(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(HTTPRefusal) {
        guard !range.isEmpty else {
            decodedPath = [UInt8(ascii: "/")]
            return
        }
        var hasEscapes = false
        var mayHaveDotSegments = false
        for index in range {
            let byte = bytes[index]
            if byte == .percent {
                hasEscapes = true
            } else if !ByteSet.path.contains(byte) {
                throw HTTPRefusal(.badRequest, "The path holds a byte that must be percent-encoded")
            } else if byte == UInt8(ascii: "."), bytes[index - 1] == UInt8(ascii: "/") {
                mayHaveDotSegments = true
            }
        }
        if hasEscapes {
            decodedPath = try RequestTarget.decode(bytes, range, isPath: true)
            try RequestTarget.refuseDotSegments(decodedPath.span, decodedPath.indices)
        } else if mayHaveDotSegments {
            try RequestTarget.refuseDotSegments(bytes, range)
        }
    }

    private func checkQuery(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(HTTPRefusal) {
        var hasEscapes = false
        for index in range {
            if bytes[index] == .percent {
                hasEscapes = true
            } else if !ByteSet.query.contains(bytes[index]) {
                throw HTTPRefusal(.badRequest, "The query holds a byte that must be percent-encoded")
            }
        }
        if hasEscapes { _ = try RequestTarget.decode(bytes, range, isPath: false) }
    }

    /// The bytes at `range` with escapes undone. What would change the meaning of what surrounds it is refused: NUL
    /// anywhere, and in a path every control byte and slash.
    private static func decode(
        _ bytes: Span<UInt8>, _ range: Range<Int>, isPath: Bool
    ) throws(HTTPRefusal) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            var byte = bytes[index]
            index += 1
            if byte == .percent {
                guard index + 1 < range.upperBound, let high = bytes[index].hexadecimalValue,
                    let low = bytes[index + 1].hexadecimalValue
                else { throw HTTPRefusal(.badRequest, "A percent-encoding is malformed") }
                byte = high << 4 | low
                index += 2
                let isControl = byte < 32 || byte == 127
                let isSlash = byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\")
                if byte == 0 || isPath && (isControl || isSlash) {
                    throw HTTPRefusal(.badRequest, "A percent-encoding stands for a byte that is not allowed there")
                }
            }
            decoded.append(byte)
        }
        guard String(validating: decoded, as: UTF8.self) != nil else {
            throw HTTPRefusal(.badRequest, "A percent-encoding is not UTF-8")
        }
        return decoded
    }

    /// Clients remove `.` and `..` themselves (RFC 3986, section 5.2.4); one that still holds them means mischief.
    private static func refuseDotSegments(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(HTTPRefusal) {
        var start = range.lowerBound
        for index in range.lowerBound...range.upperBound
        where index == range.upperBound || bytes[index] == UInt8(ascii: "/") {
            let length = index - start
            if (1...2).contains(length), (start..<index).allSatisfy({ bytes[$0] == UInt8(ascii: ".") }) {
                throw HTTPRefusal(.badRequest, "The path holds a dot segment")
            }
            start = index + 1
        }
    }
}
