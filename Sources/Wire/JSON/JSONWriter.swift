package import Model

/// Writes one JSON text to the end of a byte array, commas included.
///
/// ```swift
/// JSONWriter.append(to: &body) { json in
///     json.object {
///         $0.member("deviceId", device.id.rawValue)
///         $0.array("tags", of: tags) { $0.value($1) }
///     }
/// }
/// ```
/// It trusts the caller for the order of names and values; the closures of ``object(_:)`` and ``array(_:)`` close what
/// they open. Names given as `StaticString` are written as they are and must need no escaping.
package struct JSONWriter: ~Copyable {
    package var bytes: [UInt8]
    /// Whether the next name or value stands behind another one.
    private var needsComma = false

    package init(_ bytes: consuming [UInt8] = []) {
        self.bytes = bytes
    }

    /// Writes behind what `bytes` holds; the array is moved, not copied.
    package static func append<Failure: Error>(
        to bytes: inout [UInt8], _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        var writer = JSONWriter()
        swap(&writer.bytes, &bytes)
        defer { swap(&writer.bytes, &bytes) }
        try body(&writer)
    }

    /// The bytes that `body` writes.
    package static func bytes(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        body(&writer)
        return writer.bytes
    }

    // MARK: Structure

    package mutating func beginObject() { open(UInt8(ascii: "{")) }

    package mutating func endObject() { close(UInt8(ascii: "}")) }

    package mutating func beginArray() { open(UInt8(ascii: "[")) }

    package mutating func endArray() { close(UInt8(ascii: "]")) }

    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        beginObject()
        body(&self)
        endObject()
    }

    package mutating func array(_ body: (inout JSONWriter) -> Void) {
        beginArray()
        body(&self)
        endArray()
    }

    /// A member's name; its value must be written next.
    @inline(__always)
    package mutating func name(_ name: StaticString) {
        let needsComma = needsComma
        self.needsComma = false
        bytes.append(upTo: name.utf8CodeUnitCount + 4) { output in
            if needsComma { output.append(UInt8(ascii: ",")) }
            output.append(UInt8(ascii: "\""))
            output.append(literal: name)
            output.append(literal: "\":")
        }
    }

    /// As above, for a name known only now; it is escaped.
    package mutating func name(_ name: String) {
        value(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A value already encoded, for instance a tree kept as text; it must be one whole JSON text.
    package mutating func encoded(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// A value, or members of an object, that `body` writes into `room` bytes at most; members with the commas between them.
    @inline(__always)
    mutating func append(upTo room: Int, _ body: (inout ByteCursor) -> Void) {
        let needsComma = needsComma
        self.needsComma = true
        bytes.append(upTo: room + 1) { output in
            if needsComma { output.append(UInt8(ascii: ",")) }
            body(&output)
        }
    }

    // MARK: Values

    package mutating func value(_ text: String) {
        separate()
        bytes.append(jsonString: text)
    }

    /// A text known now, which needs no escaping.
    package mutating func value(literal text: StaticString) {
        append(upTo: text.utf8CodeUnitCount + 2) { output in
            output.append(UInt8(ascii: "\""))
            output.append(literal: text)
            output.append(UInt8(ascii: "\""))
        }
    }

    package mutating func value(_ number: Int) {
        value(Int64(number))
    }

    package mutating func value(_ number: Int64) {
        append(upTo: JSONRoom.number) { $0.append(integer: number) }
    }

    /// The shortest decimal that reads back as the same `Double`; `null` for one that is not finite, which JSON lacks.
    package mutating func value(_ number: Double) {
        append(upTo: JSONRoom.number) { $0.append(jsonNumber: number) }
    }

    package mutating func value(_ flag: Bool) {
        separate()
        bytes.append(literal: flag ? "true" : "false")
    }

    /// RFC 3339, UTC, milliseconds.
    package mutating func value(_ moment: Timestamp) {
        append(upTo: RFC3339.length + 2) { output in
            output.append(UInt8(ascii: "\""))
            output.append(timestamp: moment)
            output.append(UInt8(ascii: "\""))
        }
    }

    package mutating func value(_ id: UniqueID) {
        append(upTo: JSONRoom.uniqueID + 2) { output in
            output.append(UInt8(ascii: "\""))
            output.append(uniqueID: id)
            output.append(UInt8(ascii: "\""))
        }
    }

    package mutating func null() {
        separate()
        bytes.append(literal: "null")
    }

    package mutating func value(_ tree: JSONValue) {
        switch tree {
        case .null: null()
        case .boolean(let flag): value(flag)
        case .integer(let number): value(number)
        case .number(let number): value(number)
        case .string(let text): value(text)
        case .array(let elements):
            beginArray()
            for element in elements { value(element) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                name(member.name)
                value(member.value)
            }
            endObject()
        }
    }

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }
}
