/// Hears what a JSON text holds.
protocol JSONSink {
    mutating func beginObject() throws(TrackFileError)
    mutating func endObject() throws(TrackFileError)
    mutating func beginArray() throws(TrackFileError)
    mutating func endArray() throws(TrackFileError)
    mutating func key(_ bytes: [UInt8]) throws(TrackFileError)
    mutating func string(_ bytes: [UInt8]) throws(TrackFileError)
    /// As it is written.
    mutating func number(_ bytes: [UInt8]) throws(TrackFileError)
    /// `true`, `false` or `null`.
    mutating func literal() throws(TrackFileError)
}

/// Reads one JSON text (RFC 8259) in pieces of any size, and holds no more of it than one short string.
///
/// Of a string the first ``longestString`` bytes are kept, which is more than any that says something of a track. Strings are
/// not checked to be UTF-8.
struct JSONTokenizer: Sendable {
    static let longestString = 4096
    static let deepest = 64

    private enum State {
        case value
        case valueOrEnd
        case keyOrEnd
        case key
        case colon
        case afterValue
        case string
        case escape
        case unicode(digits: Int, value: UInt32)
        case number
        case literal
        case done
    }

    private var state = State.value
    /// Whether the containers that are open are objects, outermost first.
    private var isObject: [Bool] = []
    private var isKey = false
    private var token: [UInt8] = []
    /// The first half of a pair of escapes that is one scalar.
    private var surrogate: UInt32 = 0
    private var position = 0

    /// Whether a whole value has been read.
    var isDone: Bool { if case .done = state { true } else { false } }

    mutating func read(_ input: Span<UInt8>, _ sink: inout some JSONSink) throws(TrackFileError) {
        var index = 0
        while index < input.count {
            if case .string = state {
                try readString(input, &index, &sink)
                continue
            }
            let byte = input[index]
            switch state {
            case .number where !JSONTokenizer.isNumberByte(byte):
                // What ends a number is read once more.
                guard DecimalText.number(token[...]) != nil else { throw .malformed(at: position + index) }
                try sink.number(token)
                valueEnded()
                continue
            case .literal where !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte):
                try literalEnded(&sink, at: position + index)
                continue
            default: break
            }
            try step(byte, at: position + index, &sink)
            index += 1
        }
        position += input.count
    }

    /// - Returns: Whether the text ends before it should.
    mutating func finish(_ sink: inout some JSONSink) throws(TrackFileError) -> Bool {
        guard isObject.isEmpty else { return true }
        switch state {
        case .number, .literal: return false
        default: return !isDone
        }
    }

    private mutating func step(_ byte: UInt8, at place: Int, _ sink: inout some JSONSink) throws(TrackFileError) {
        let isBlank = byte == 32 || byte == 10 || byte == 13 || byte == 9
        switch state {
        case .value where isBlank, .valueOrEnd where isBlank, .keyOrEnd where isBlank, .key where isBlank,
            .colon where isBlank, .afterValue where isBlank, .done where isBlank:
            break
        case .valueOrEnd where byte == UInt8(ascii: "]"):
            try sink.endArray()
            containerEnded()
        case .value, .valueOrEnd: try beginValue(byte, at: place, &sink)
        case .keyOrEnd where byte == UInt8(ascii: "}"):
            try sink.endObject()
            containerEnded()
        case .keyOrEnd, .key:
            guard byte == UInt8(ascii: "\"") else { throw .malformed(at: place) }
            begin(.string)
            isKey = true
        case .colon:
            guard byte == UInt8(ascii: ":") else { throw .malformed(at: place) }
            state = .value
        case .afterValue: try afterValue(byte, at: place, &sink)
        case .escape: try escape(byte, at: place)
        case .unicode(let digits, let value):
            guard let digit = JSONTokenizer.hexadecimal(byte) else { throw .malformed(at: place) }
            guard digits == 3 else {
                state = .unicode(digits: digits + 1, value: value << 4 | digit)
                return
            }
            append(unit: value << 4 | digit)
            state = .string
        case .number, .literal:
            guard token.count < 64 else { throw .malformed(at: place) }
            token.append(byte)
        case .string, .done: throw .malformed(at: place)
        }
    }

    private mutating func beginValue(_ byte: UInt8, at place: Int, _ sink: inout some JSONSink) throws(TrackFileError) {
        switch byte {
        case UInt8(ascii: "{"):
            try open(true, at: place)
            state = .keyOrEnd
            try sink.beginObject()
        case UInt8(ascii: "["):
            try open(false, at: place)
            state = .valueOrEnd
            try sink.beginArray()
        case UInt8(ascii: "\""):
            begin(.string)
            isKey = false
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            begin(.number)
            token.append(byte)
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            begin(.literal)
            token.append(byte)
        default: throw .malformed(at: place)
        }
    }

    private mutating func afterValue(_ byte: UInt8, at place: Int, _ sink: inout some JSONSink) throws(TrackFileError) {
        let isInObject = isObject.last ?? false
        switch byte {
        case UInt8(ascii: ","): state = isInObject ? .key : .value
        case UInt8(ascii: "}") where isInObject:
            try sink.endObject()
            containerEnded()
        case UInt8(ascii: "]") where !isInObject:
            try sink.endArray()
            containerEnded()
        default: throw .malformed(at: place)
        }
    }

    private mutating func open(_ object: Bool, at place: Int) throws(TrackFileError) {
        guard isObject.count < JSONTokenizer.deepest else { throw .tooDeep(at: place) }
        isObject.append(object)
    }

    private mutating func containerEnded() {
        isObject.removeLast()
        valueEnded()
    }

    private mutating func valueEnded() { state = isObject.isEmpty ? .done : .afterValue }

    private mutating func begin(_ new: State) {
        state = new
        token.removeAll(keepingCapacity: true)
        surrogate = 0
    }

    private mutating func literalEnded(_ sink: inout some JSONSink, at place: Int) throws(TrackFileError) {
        guard token.equals("true") || token.equals("false") || token.equals("null") else {
            throw .malformed(at: place)
        }
        try sink.literal()
        valueEnded()
    }

    private static func isNumberByte(_ byte: UInt8) -> Bool {
        byte &- 48 < 10 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            || byte | 32 == UInt8(ascii: "e")
    }
}

// MARK: Strings

extension JSONTokenizer {
    /// Reads on in a string up to its end, an escape or the end of the input.
    private mutating func readString(
        _ input: Span<UInt8>, _ index: inout Int, _ sink: inout some JSONSink
    ) throws(TrackFileError) {
        var end = index
        while end < input.count, input[end] != UInt8(ascii: "\""), input[end] != UInt8(ascii: "\\"), input[end] >= 32 {
            end += 1
        }
        if end > index {
            surrogate = 0
            let room = JSONTokenizer.longestString - token.count
            token.append(input.extracting(index..<min(end, index + max(0, room))))
        }
        index = end
        guard end < input.count else { return }
        index += 1
        switch input[end] {
        case UInt8(ascii: "\\"): state = .escape
        case UInt8(ascii: "\""):
            if isKey {
                try sink.key(token)
                state = .colon
            } else {
                try sink.string(token)
                valueEnded()
            }
        default: throw .malformed(at: position + end)
        }
    }

    private mutating func escape(_ byte: UInt8, at place: Int) throws(TrackFileError) {
        let plain: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = byte
        case UInt8(ascii: "b"): plain = 8
        case UInt8(ascii: "f"): plain = 12
        case UInt8(ascii: "n"): plain = 10
        case UInt8(ascii: "r"): plain = 13
        case UInt8(ascii: "t"): plain = 9
        case UInt8(ascii: "u"):
            state = .unicode(digits: 0, value: 0)
            return
        default: throw .malformed(at: place)
        }
        surrogate = 0
        if token.count < JSONTokenizer.longestString { token.append(plain) }
        state = .string
    }

    /// Adds what one escaped UTF-16 unit says; half a pair without its other half says nothing.
    private mutating func append(unit: UInt32) {
        var value = unit
        if (0xD800..<0xDC00).contains(unit) {
            surrogate = unit
            return
        }
        if (0xDC00..<0xE000).contains(unit) {
            guard surrogate != 0 else { return }
            value = 0x10000 + (surrogate - 0xD800) << 10 + (unit - 0xDC00)
        }
        surrogate = 0
        guard let scalar = Unicode.Scalar(value), token.count + 4 <= JSONTokenizer.longestString else { return }
        token.append(contentsOf: Array(String(Character(scalar)).utf8))
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - 48)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - 87)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - 55)
        default: nil
        }
    }
}
