/// A JSON text as a tree, for bodies of requests and the parts of messages nobody has a type for.
package enum JSONValue: Hashable, Sendable {
    /// The members in the order they came; no name twice.
    case object([Member])
    case array([JSONValue])
    case string(String)
    /// A whole number that fits, however it was written (`1`, `1.0`, `1e0`).
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case null

    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// Reads a whole text, UTF-8 checked. A number past the finite ones is an error (``JSONError/Reason/numberOutOfRange``).
    package init(_ bytes: RawSpan, depthLimit: Int = JSONReader.defaultDepthLimit) throws(JSONError) {
        self = try JSONReader.read(bytes, depthLimit: depthLimit) { (reader) throws(JSONError) in
            try reader.checkUTF8()
            let value = try reader.value()
            try reader.finish()
            return value
        }
    }

    /// As above.
    package init(_ bytes: [UInt8], depthLimit: Int = JSONReader.defaultDepthLimit) throws(JSONError) {
        try self.init(unsafe bytes.span.bytes, depthLimit: depthLimit)
    }

    /// The object's member of that name; nothing for other kinds.
    package subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    package var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    /// The number, an integer too, rounded if it must be.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    package var boolean: Bool? {
        guard case .boolean(let value) = self else { return nil }
        return value
    }

    package var array: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    package var isNull: Bool { self == .null }
}

extension JSONReader {
    /// Reads the next value as a tree.
    package mutating func value() throws(JSONError) -> JSONValue {
        switch try kind() {
        case .null:
            try null()
            return .null
        case .boolean: return .boolean(try boolean())
        case .string: return .string(string(of: try scanString()))
        case .number:
            let number = try number()
            if let integer = number.integer, !(integer == 0 && number.isNegative) { return .integer(integer) }
            let value = double(of: number)
            guard value.isFinite else { throw JSONError(.numberOutOfRange, at: number.start) }
            return .number(value)
        case .array:
            var elements: [JSONValue] = []
            var array = try beginArray()
            while try nextElement(&array) { elements.append(try value()) }
            return .array(elements)
        case .object:
            var members: [JSONValue.Member] = []
            var object = try beginObject()
            while let name = try nextMember(&object) {
                members.append(.init(name: string(of: name), value: try value()))
            }
            return .object(members)
        }
    }
}
