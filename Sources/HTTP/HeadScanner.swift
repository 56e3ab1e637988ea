/// Reads a request line and header section line by line, as far as the bytes go, and never a byte twice.
///
/// It is given all bytes from the head's first one each time, so that offsets stay good while more of them arrive. What it
/// decides depends on the bytes alone, never on how they were cut.
struct HeadScanner: Sendable {
    enum Outcome {
        case incomplete
        /// The head ends before this offset.
        case complete(Int)
        case refused(HTTPRefusal)
    }

    private var lineStart = 0
    private var scanned = 0
    private var sectionStart = 0
    private var skippedEmptyLine = false
    private(set) var method: HTTPMethod?
    private(set) var version = HTTPVersion.http11
    private(set) var target: RequestTarget?
    private(set) var semantics = RequestSemantics()
    private(set) var fields: [HTTPHeaders.Field] = []

    init(skippedEmptyLine: Bool = false) {
        self.skippedEmptyLine = skippedEmptyLine
    }

    /// Whether nothing but the empty line that may precede a request (RFC 9112, section 2.2) was in those `count` bytes.
    func hasOnlySkipped(_ count: Int) -> Bool { skippedEmptyLine && target == nil && lineStart == count }

    mutating func scan(_ bytes: Span<UInt8>, limits: borrowing HTTPLimits) -> Outcome {
        do throws(HTTPRefusal) {
            while true {
                if target == nil { try checkFirstByte(bytes) }
                guard let lineFeed = bytes.firstIndex(of: .lineFeed, from: scanned) else {
                    scanned = bytes.count
                    // A carriage return may be the last of them.
                    try checkLength(upTo: bytes.count - 1, limits)
                    return .incomplete
                }
                try checkLength(upTo: lineFeed - 1, limits)
                guard lineFeed > lineStart, bytes[lineFeed - 1] == .carriageReturn else {
                    throw HTTPRefusal(.badRequest, "A line ends without a carriage return")
                }
                let line = lineStart..<(lineFeed - 1)
                lineStart = lineFeed + 1
                scanned = lineStart
                if try read(line, of: bytes, limits) { return .complete(lineStart) }
            }
        } catch {
            return .refused(error)
        }
    }

    /// Refuses what cannot become a request, such as a TLS handshake, without waiting for the end of its line.
    private func checkFirstByte(_ bytes: Span<UInt8>) throws(HTTPRefusal) {
        guard bytes.count > lineStart else { return }
        let first = bytes[lineStart]
        guard ByteSet.token.contains(first) || first == .carriageReturn && !skippedEmptyLine else {
            throw HTTPRefusal(.badRequest, "The request line is malformed")
        }
    }

    private func checkLength(upTo end: Int, _ limits: borrowing HTTPLimits) throws(HTTPRefusal) {
        if target == nil {
            guard end - lineStart <= limits.requestLineBytes else {
                throw HTTPRefusal(.uriTooLong, "The request line exceeds \(limits.requestLineBytes) bytes")
            }
        } else if end - sectionStart > limits.headerSectionBytes {
            throw HTTPRefusal(
                .headerFieldsTooLarge, "The header section exceeds \(limits.headerSectionBytes) bytes")
        }
    }

    /// Reads a line; whether it was the one that ends the head.
    private mutating func read(
        _ line: Range<Int>, of bytes: Span<UInt8>, _ limits: borrowing HTTPLimits
    ) throws(HTTPRefusal) -> Bool {
        if target == nil {
            if line.isEmpty {
                guard !skippedEmptyLine else { throw HTTPRefusal(.badRequest, "The request line is empty") }
                skippedEmptyLine = true
            } else {
                try readRequestLine(line, of: bytes)
                sectionStart = lineStart
            }
            return false
        }
        if line.isEmpty {
            try semantics.finish(version: version)
            return true
        }
        guard fields.count < limits.headerCount else {
            throw HTTPRefusal(.headerFieldsTooLarge, "The header section has more than \(limits.headerCount) fields")
        }
        if fields.isEmpty { fields.reserveCapacity(8) }
        let (name, value) = try HeadScanner.readField(line, of: bytes)
        try semantics.read(bytes, name: name, value: value, version: version)
        fields.append(
            HTTPHeaders.Field(
                name: ByteRange(name.lowerBound, name.upperBound),
                value: ByteRange(value.lowerBound, value.upperBound)))
        return false
    }

    /// `method SP request-target SP HTTP-version` with exactly one space each (RFC 9112, section 3).
    private mutating func readRequestLine(_ line: Range<Int>, of bytes: Span<UInt8>) throws(HTTPRefusal) {
        let malformed = HTTPRefusal(.badRequest, "The request line is malformed")
        guard let space = bytes.firstIndex(of: .space, from: line.lowerBound), space < line.upperBound - 10 else {
            throw malformed
        }
        let name = line.lowerBound..<space
        let protocolName = line.upperBound - 8..<line.upperBound - 3
        let (major, minor) = (bytes[line.upperBound - 3], bytes[line.upperBound - 1])
        guard name.allSatisfy({ ByteSet.token.contains(bytes[$0]) }), bytes[line.upperBound - 9] == .space,
            bytes.matches(protocolName, lowercase: "http/"), bytes[protocolName.lowerBound] == UInt8(ascii: "H"),
            protocolName.dropLast().allSatisfy({ bytes[$0] < 97 }),
            major.isDigit, bytes[line.upperBound - 2] == UInt8(ascii: "."), minor.isDigit
        else { throw malformed }
        guard major == UInt8(ascii: "1") else {
            throw HTTPRefusal(.versionNotSupported, "The versions served here are HTTP/1.1 and HTTP/1.0")
        }
        version = minor == UInt8(ascii: "0") ? .http10 : .http11
        guard let known = HTTPMethod(bytes, name) else {
            throw HTTPRefusal(.notImplemented, "The method is not implemented")
        }
        method = known
        target = try RequestTarget(bytes, space + 1..<line.upperBound - 9, method: known)
    }

    /// A field line's name and value (RFC 9112, section 5): no fold, no white space before the colon, no control bytes.
    private static func readField(
        _ line: Range<Int>, of bytes: Span<UInt8>
    ) throws(HTTPRefusal) -> (name: Range<Int>, value: Range<Int>) {
        var index = line.lowerBound
        while index < line.upperBound, ByteSet.token.contains(bytes[index]) { index += 1 }
        guard index > line.lowerBound, index < line.upperBound, bytes[index] == UInt8(ascii: ":") else {
            throw HTTPRefusal(.badRequest, "A header field's name is malformed")
        }
        let value = index + 1..<line.upperBound
        for position in value where !bytes[position].isFieldValueByte {
            throw HTTPRefusal(.badRequest, "A header field's value holds a control byte")
        }
        return (line.lowerBound..<index, bytes.trimmed(value))
    }
}
