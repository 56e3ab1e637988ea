package import Model
internal import Wire

/// Reads the members of a request's JSON object, and gathers everything that is wrong with them. A member that nobody asks
/// for is ignored; `null` is the same as absent. Lengths are in Unicode scalars, as Postgres counts them.
package struct BodyReader: ~Copyable {
    private var body: JSONValue
    /// What stands before a member's name in an error: `device.`.
    private var path = ""
    private var errors: [FieldError] = []

    /// - Parameter emptyIsObject: Whether a request without a body is one without members.
    /// - Throws: If the body is not one JSON object.
    package init(_ request: RouteRequest, emptyIsObject: Bool = false) throws(Problem) {
        try self.init(bytes: request.body, emptyIsObject: emptyIsObject)
    }

    init(bytes: [UInt8], emptyIsObject: Bool = false) throws(Problem) {
        body = bytes.isEmpty && emptyIsObject ? .object([]) : try BodyReader.object(bytes)
    }

    private static func object(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
        do throws(JSONError) {
            let value = try JSONValue(bytes)
            if case .object = value { return value }
        } catch {
            throw Problem(Refusal(malformed: error))
        }
        throw Problem(.invalidFormat, "A JSON object is expected")
    }

    /// Whether the member is there, be it as `null`.
    package func has(_ name: String) -> Bool { body[name] != nil }

    /// A string as it is.
    package mutating func text(_ name: String, required: Bool = false) -> String? {
        guard let value = present(name, required) else { return nil }
        guard let text = value.string else {
            complain(name, "must be a string")
            return nil
        }
        return text
    }

    /// Text of one line: no control characters.
    package mutating func line(_ name: String, _ lengths: ClosedRange<Int>, required: Bool = false) -> String? {
        guard let text = text(name, required: required) else { return nil }
        guard !text.hasControlCharacters else {
            complain(name, "must not contain control characters")
            return nil
        }
        guard lengths.contains(text.unicodeScalars.count) else {
            complain(name, "must be between \(lengths.lowerBound) and \(lengths.upperBound) characters")
            return nil
        }
        return text
    }

    /// A boolean.
    package mutating func flag(_ name: String, required: Bool = false) -> Bool? {
        guard let value = present(name, required) else { return nil }
        guard let flag = value.boolean else {
            complain(name, "must be true or false")
            return nil
        }
        return flag
    }

    /// A whole number.
    package mutating func integer(_ name: String, _ range: ClosedRange<Int>, required: Bool = false) -> Int? {
        guard let value = present(name, required) else { return nil }
        guard let integer = value.integer, let number = Int(exactly: integer), range.contains(number) else {
            complain(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    package mutating func uniqueID(_ name: String, required: Bool = false) -> UniqueID? {
        guard let text = text(name, required: required) else { return nil }
        guard let id = UniqueID(text) else {
            complain(name, "must be a UUID")
            return nil
        }
        return id
    }

    /// One of some words.
    package mutating func choice<Value: RawRepresentable<String>>(
        _ name: String, of values: [Value], required: Bool = false
    ) -> Value? {
        guard let text = text(name, required: required) else { return nil }
        guard let value = values.first(where: { $0.rawValue == text }) else {
            complain(name, "must be \(values.map(\.rawValue).joined(separator: " or "))")
            return nil
        }
        return value
    }

    /// The members of an object in the object; nothing if it is not there.
    package mutating func object<Value>(_ name: String, _ read: (inout BodyReader) -> Value) -> Value? {
        guard let value = present(name, false) else { return nil }
        guard case .object = value else {
            complain(name, "must be an object")
            return nil
        }
        let (outerBody, outerPath) = (body, path)
        (body, path) = (value, "\(path)\(name).")
        defer { (body, path) = (outerBody, outerPath) }
        return read(&self)
    }

    /// Notes that something is wrong with a member; the first thing alone.
    package mutating func complain(_ name: String, _ what: String) {
        complain(name, sentence: "\(name) \(what)")
    }

    /// As above, in a sentence of its own.
    package mutating func complain(_ name: String, sentence: String) {
        let field = path + name
        guard !errors.contains(where: { $0.field == field }) else { return }
        errors.append(FieldError(field: field, message: sentence))
    }

    /// - Throws: Everything that was wrong.
    package consuming func finish() throws(Problem) {
        guard errors.isEmpty else { throw Problem(.validationError, "Validation failed", details: errors) }
    }

    private mutating func present(_ name: String, _ isRequired: Bool) -> JSONValue? {
        guard let value = body[name], !value.isNull else {
            if isRequired { complain(name, "is required") }
            return nil
        }
        return value
    }
}
