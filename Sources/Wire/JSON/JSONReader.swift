/// Reads one JSON text (RFC 8259) from bytes, strictly, value by value, without building a tree.
///
/// Refuses what parsers disagree about: repeated names, unpaired surrogates, `NaN`, anything after the value. Safe for
/// any bytes; strings that are not UTF-8 come out repaired unless ``checkUTF8()`` was called first. After a method has
/// thrown, the reader is of no more use. Lives only inside ``read(_:depthLimit:_:)``, because it looks into memory it
/// does not own.
@safe package struct JSONReader: ~Copyable {
    /// How many arrays and objects may stand inside each other.
    package static let defaultDepthLimit = 32

    let bytes: UnsafeRawBufferPointer
    let count: Int
    private let depthLimit: Int
    private var depth = 0
    /// Offset of the next byte to read.
    package internal(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer, depthLimit: Int = JSONReader.defaultDepthLimit) {
        unsafe self.bytes = bytes
        count = bytes.count
        self.depthLimit = depthLimit
    }

    /// Calls `body` with a reader at the start of `bytes`; call ``finish()`` at its end.
    package static func read<Value, Failure: Error>(
        _ bytes: RawSpan, depthLimit: Int = JSONReader.defaultDepthLimit,
        _ body: (inout JSONReader) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try unsafe bytes.withUnsafeBytes { (raw: UnsafeRawBufferPointer) throws(Failure) in
            var reader = unsafe JSONReader(raw, depthLimit: depthLimit)
            return try body(&reader)
        }
    }

    /// The kind of the next value, which is not read yet.
    @inline(__always)
    package mutating func kind() throws(JSONError) -> JSONKind {
        skipWhitespace()
        switch byte(at: position) {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        default: throw unexpected()
        }
    }

    package mutating func beginObject() throws(JSONError) -> JSONObjectScope {
        try begin(UInt8(ascii: "{"))
        return JSONObjectScope()
    }

    /// The name of the object's next member, whose value must be read or skipped next; nothing at the object's end.
    package mutating func nextMember(_ object: inout JSONObjectScope) throws(JSONError) -> JSONText? {
        skipWhitespace()
        if object.isFirst {
            object.isFirst = false
            if takes(UInt8(ascii: "}")) {
                depth -= 1
                return nil
            }
        } else if takes(UInt8(ascii: ",")) {
            skipWhitespace()
        } else if takes(UInt8(ascii: "}")) {
            depth -= 1
            return nil
        } else {
            throw unexpected()
        }
        guard byte(at: position) == UInt8(ascii: "\"") else { throw unexpected() }
        let name = try scanString()
        guard note(name, in: &object) else { throw JSONError(.duplicateMember, at: name.start) }
        skipWhitespace()
        guard takes(UInt8(ascii: ":")) else { throw unexpected() }
        return name
    }

    package mutating func beginArray() throws(JSONError) -> JSONArrayScope {
        try begin(UInt8(ascii: "["))
        return JSONArrayScope()
    }

    /// Whether the array has another element, which must be read or skipped next.
    package mutating func nextElement(_ array: inout JSONArrayScope) throws(JSONError) -> Bool {
        skipWhitespace()
        if array.isFirst {
            array.isFirst = false
            if takes(UInt8(ascii: "]")) {
                depth -= 1
                return false
            }
            return true
        }
        if takes(UInt8(ascii: ",")) { return true }
        guard takes(UInt8(ascii: "]")) else { throw unexpected() }
        depth -= 1
        return false
    }

    package mutating func boolean() throws(JSONError) -> Bool {
        guard try kind() == .boolean else { throw unexpected() }
        if byte(at: position) == UInt8(ascii: "t") {
            try literal("true")
            return true
        }
        try literal("false")
        return false
    }

    package mutating func null() throws(JSONError) {
        skipWhitespace()
        try literal("null")
    }

    /// Reads `null` if it is next; the usual way to treat a `null` member as an absent one.
    package mutating func takesNull() throws(JSONError) -> Bool {
        guard try kind() == .null else { return false }
        try null()
        return true
    }

    /// Checks that nothing but white space follows.
    package mutating func finish() throws(JSONError) {
        skipWhitespace()
        guard position == count else { throw JSONError(.trailingBytes, at: position) }
    }

    /// Goes back to where ``position`` was, outside any object and array.
    mutating func rewind(to position: Int) {
        self.position = position
        depth = 0
    }

    /// The byte there, or 0 past the end: no place that asks allows a 0, so the end needs no check of its own.
    @inline(__always)
    func byte(at index: Int) -> UInt8 {
        index < count ? unsafe bytes[index] : 0
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while true {
            switch byte(at: position) {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// The error for a byte that cannot stand at the present position.
    func unexpected() -> JSONError {
        JSONError(position < count ? .unexpectedByte : .unexpectedEnd, at: position)
    }

    @inline(__always)
    private mutating func takes(_ expected: UInt8) -> Bool {
        guard byte(at: position) == expected else { return false }
        position += 1
        return true
    }

    private mutating func begin(_ bracket: UInt8) throws(JSONError) {
        let kind = try kind()
        guard byte(at: position) == bracket else { throw JSONError(.unexpectedKind(kind), at: position) }
        guard depth < depthLimit else { throw JSONError(.tooDeep, at: position) }
        depth += 1
        position += 1
    }

    private mutating func literal(_ word: StaticString) throws(JSONError) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard unsafe byte(at: position) == word.utf8Start[offset] else { throw unexpected() }
            position += 1
        }
    }
}
