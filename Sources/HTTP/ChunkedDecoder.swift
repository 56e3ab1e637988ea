/// Undoes the chunked transfer coding (RFC 9112, section 7.1) over pieces of any size, keeping none of them.
///
/// Stricter than the grammar in one point: no white space stands before a chunk extension.
struct ChunkedDecoder: Sendable {
    enum Outcome {
        case incomplete
        case complete
        case refused(HTTPRefusal)
    }

    private enum State {
        case size
        case chunkExtension
        case sizeEnd
        case data(Int)
        case dataReturn
        case dataEnd
        case trailerStart
        case trailerName
        case trailerValue
        case trailerEnd
        case lastEnd
    }

    private var state = State.size
    private var size = 0
    private var sizeDigits = 0
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var trailerCount = 0

    /// Reads on from `position`, adds the content to `body`, and moves `position` past what it has read.
    ///
    /// - Parameter earlier: Bytes of the content that are in `body` no more.
    mutating func decode(
        _ input: Span<UInt8>, from position: inout Int, into body: inout [UInt8], after earlier: Int = 0,
        limit: Int, limits: borrowing HTTPLimits
    ) -> Outcome {
        do throws(HTTPRefusal) {
            while position < input.count {
                if case .data(let remaining) = state {
                    let taken = min(remaining, input.count - position)
                    body.append(input.extracting(position..<position + taken))
                    position += taken
                    state = taken == remaining ? .dataReturn : .data(remaining - taken)
                    continue
                }
                let byte = input[position]
                position += 1
                switch state {
                case .data: break
                case .size: try readSize(byte, limits)
                case .chunkExtension: try readExtension(byte, limits)
                case .sizeEnd:
                    try expect(byte == .lineFeed)
                    guard size <= limit - earlier - body.count else {
                        throw HTTPRefusal(.contentTooLarge, "The content exceeds \(limit) bytes")
                    }
                    state = size == 0 ? .trailerStart : .data(size)
                    (size, sizeDigits) = (0, 0)
                case .dataReturn:
                    try expect(byte == .carriageReturn)
                    state = .dataEnd
                case .dataEnd:
                    try expect(byte == .lineFeed)
                    state = .size
                case .trailerStart, .trailerName, .trailerValue, .trailerEnd: try readTrailer(byte, limits)
                case .lastEnd:
                    try expect(byte == .lineFeed)
                    return .complete
                }
            }
            return .incomplete
        } catch {
            return .refused(error)
        }
    }

    private func expect(_ holds: Bool) throws(HTTPRefusal) {
        guard holds else { throw HTTPRefusal(.badRequest, "A chunk is malformed") }
    }

    private mutating func readSize(_ byte: UInt8, _ limits: borrowing HTTPLimits) throws(HTTPRefusal) {
        if let digit = byte.hexadecimalValue {
            sizeDigits += 1
            // 15 digits are more than any limit and still fit.
            try expect(sizeDigits <= 15)
            size = size << 4 | Int(digit)
            return
        }
        try expect(sizeDigits > 0)
        if byte == UInt8(ascii: ";") {
            state = .chunkExtension
            try readExtension(byte, limits)
        } else {
            try expect(byte == .carriageReturn)
            state = .sizeEnd
        }
    }

    private mutating func readExtension(_ byte: UInt8, _ limits: borrowing HTTPLimits) throws(HTTPRefusal) {
        if byte == .carriageReturn {
            state = .sizeEnd
            return
        }
        extensionBytes += 1
        try expect(byte.isFieldValueByte)
        guard extensionBytes <= limits.chunkExtensionBytes else {
            throw HTTPRefusal(.badRequest, "The chunk extensions exceed \(limits.chunkExtensionBytes) bytes")
        }
    }

    private mutating func readTrailer(_ byte: UInt8, _ limits: borrowing HTTPLimits) throws(HTTPRefusal) {
        let malformed = HTTPRefusal(.badRequest, "A trailer field is malformed")
        trailerBytes += 1
        guard trailerBytes <= limits.headerSectionBytes else {
            throw HTTPRefusal(.headerFieldsTooLarge, "The trailers exceed \(limits.headerSectionBytes) bytes")
        }
        switch state {
        case .trailerStart where byte == .carriageReturn: state = .lastEnd
        case .trailerStart:
            trailerCount += 1
            guard trailerCount <= limits.headerCount else {
                throw HTTPRefusal(.headerFieldsTooLarge, "There are more than \(limits.headerCount) trailers")
            }
            guard ByteSet.token.contains(byte) else { throw malformed }
            state = .trailerName
        case .trailerName where byte == UInt8(ascii: ":"): state = .trailerValue
        case .trailerName:
            guard ByteSet.token.contains(byte) else { throw malformed }
        case .trailerValue where byte == .carriageReturn: state = .trailerEnd
        case .trailerValue:
            guard byte.isFieldValueByte else { throw malformed }
        default:
            guard byte == .lineFeed else { throw malformed }
            state = .trailerStart
        }
    }
}
