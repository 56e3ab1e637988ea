/// The fields of a message in their order: one array of bytes and the offsets of each name and value in it.
///
/// Names compare without regard to case. A search is a walk; messages have few fields, and strings are made when asked for.
package struct HTTPHeaders: Sendable {
    struct Field: Sendable {
        var name: ByteRange
        var value: ByteRange
    }

    /// Names and values, and of a received message whatever stood between them.
    var bytes: [UInt8]
    var fields: [Field]

    package init() {
        bytes = []
        fields = []
    }

    init(bytes: [UInt8], fields: [Field]) {
        self.bytes = bytes
        self.fields = fields
    }

    package var count: Int { fields.count }
    package var isEmpty: Bool { fields.isEmpty }

    /// The value of the first field of that name; bytes that are not UTF-8 are replaced by U+FFFD.
    package subscript(name: String) -> String? {
        for field in fields where isNamed(field, name) { return string(field.value) }
        return nil
    }

    /// The values of every field of that name, in order.
    package func values(of name: String) -> [String] {
        fields.compactMap { isNamed($0, name) ? string($0.value) : nil }
    }

    package func contains(_ name: String) -> Bool {
        fields.contains { isNamed($0, name) }
    }

    /// Whether `token` is an element of the comma-separated list in the fields of that name, in either case.
    package func contains(_ name: String, token: String) -> Bool {
        for field in fields where isNamed(field, name) {
            for element in bytes[field.value.indices].split(separator: UInt8(ascii: ",")) {
                let trimmed = bytes.span.trimmed(element.startIndex..<element.endIndex)
                if equals(bytes[trimmed], token) { return true }
            }
        }
        return false
    }

    /// Adds a field. A control byte in `value` becomes a space, so that no value can end its line and begin another.
    ///
    /// - Precondition: `name` is a token of RFC 9110.
    package mutating func append(_ name: String, _ value: String) {
        let start = bytes.count
        bytes.append(contentsOf: name.utf8)
        let middle = bytes.count
        precondition(
            middle > start && bytes[start..<middle].allSatisfy(ByteSet.token.contains), "A field's name is a token")
        for byte in value.utf8 { bytes.append(byte.isFieldValueByte ? byte : .space) }
        fields.append(Field(name: ByteRange(start, middle), value: ByteRange(middle, bytes.count)))
    }

    /// Adds a field whose value is written where it stands.
    ///
    /// - Parameter write: Appends the value, in which no control byte may be: our own constants and numbers.
    package mutating func append(_ name: StaticString, _ write: (inout [UInt8]) -> Void) {
        let start = bytes.count
        bytes.append(name)
        let middle = bytes.count
        write(&bytes)
        assert(bytes[middle...].allSatisfy(\.isFieldValueByte), "a field's value holds no control byte")
        fields.append(Field(name: ByteRange(start, middle), value: ByteRange(middle, bytes.count)))
    }

    /// Makes `value` the only one of `name`.
    package mutating func set(_ name: String, _ value: String) {
        remove(name)
        append(name, value)
    }

    package mutating func remove(_ name: String) {
        fields = fields.filter { !isNamed($0, name) }
    }

    func isNamed(_ field: Field, _ name: String) -> Bool {
        field.name.count == name.utf8.count && equals(bytes[field.name.indices], name)
    }

    private func equals(_ slice: ArraySlice<UInt8>, _ text: String) -> Bool {
        guard slice.count == text.utf8.count else { return false }
        var index = slice.startIndex
        for byte in text.utf8 {
            guard slice[index].lowercased == byte.lowercased else { return false }
            index += 1
        }
        return true
    }

    private func string(_ range: ByteRange) -> String {
        String(decoding: bytes[range.indices], as: UTF8.self)
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { append(name, value) }
    }
}

extension HTTPHeaders: Sequence {
    package func makeIterator() -> AnyIterator<(name: String, value: String)> {
        var index = 0
        return AnyIterator {
            guard index < fields.count else { return nil }
            defer { index += 1 }
            return (string(fields[index].name), string(fields[index].value))
        }
    }
}

extension HTTPHeaders: Equatable {
    /// Whether both have the same names, as written, and values in the same order.
    package static func == (left: HTTPHeaders, right: HTTPHeaders) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0 == $1 }
    }
}
