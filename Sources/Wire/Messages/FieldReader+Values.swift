import Model

extension FieldReader {
    /// A number, finite.
    @inline(__always)
    mutating func number(_ field: Field) throws(JSONError) -> Member<Double> {
        switch try json.kind() {
        case .number:
            let value = json.double(of: try json.scanNumber())
            return value.isFinite ? .value(value) : refuseRead(field, "must be a finite number")
        case .null:
            try json.null()
            return .absent
        default: return try refuse(field, "must be a number")
        }
    }

    /// A whole number, exact; `85.0` is one.
    mutating func integer(_ field: Field, in range: ClosedRange<Int64>) throws(JSONError) -> Member<Int64> {
        switch try json.kind() {
        case .number:
            guard let value = try json.scanNumber().integer, range.contains(value) else {
                return refuseRead(field, "must be an integer between \(range.lowerBound) and \(range.upperBound)")
            }
            return .value(value)
        case .null:
            try json.null()
            return .absent
        default:
            try json.skipValue()
            return refuseRead(field, "must be an integer between \(range.lowerBound) and \(range.upperBound)")
        }
    }

    /// A whole number of any size an `Int` has; whoever asks judges its range.
    mutating func wholeNumber(_ field: Field) throws(JSONError) -> Member<Int> {
        switch try json.kind() {
        case .number:
            guard let value = try json.scanNumber().integer else { return refuseRead(field, "must be an integer") }
            return .value(Int(value))
        case .null:
            try json.null()
            return .absent
        default: return try refuse(field, "must be an integer")
        }
    }

    mutating func boolean(_ field: Field) throws(JSONError) -> Member<Bool> {
        switch try json.kind() {
        case .boolean: return .value(try json.boolean())
        case .null:
            try json.null()
            return .absent
        default: return try refuse(field, "must be true or false")
        }
    }

    /// An RFC 3339 time, or milliseconds since the epoch.
    mutating func timestamp(_ field: Field) throws(JSONError) -> Member<Timestamp> {
        let moment: Timestamp?
        switch try json.kind() {
        case .string: moment = json.timestamp(of: try json.scanString())
        case .number:
            moment = try json.scanNumber().integer.map { Timestamp(milliseconds: $0) }
                .flatMap { Timestamp.writable.contains($0) ? $0 : nil }
        case .null:
            try json.null()
            return .absent
        default:
            try json.skipValue()
            moment = nil
        }
        guard let moment else {
            return refuseRead(field, "must be an RFC 3339 time or whole milliseconds since the epoch")
        }
        return .value(moment)
    }

    mutating func uniqueID(_ field: Field) throws(JSONError) -> Member<UniqueID> {
        guard let text = try self.text(field, otherwise: "must be a UUID") else { return .absent }
        guard case .value(let text) = text else { return .refused }
        guard let id = json.uniqueID(of: text) else { return refuseRead(field, "must be a UUID") }
        return .value(id)
    }

    mutating func group(_ field: Field) throws(JSONError) -> Member<GroupID> {
        let rule: StaticString = "must be 2 to 50 letters, digits, hyphens or underscores"
        guard let text = try self.text(field, otherwise: rule) else { return .absent }
        guard case .value(let text) = text else { return .refused }
        guard let group = GroupID(json.string(of: text)) else { return refuseRead(field, "\(rule)") }
        return .value(group)
    }

    /// Text of one line: no control characters, which also keeps out what a terminal or a log would stumble on.
    mutating func line(_ field: Field, lengths: ClosedRange<Int>? = nil) throws(JSONError) -> Member<String> {
        guard let text = try self.text(field, otherwise: "must be a string") else { return .absent }
        guard case .value(let text) = text else { return .refused }
        let string = json.string(of: text)
        if string.hasControlCharacters { return refuseRead(field, "must not contain control characters") }
        return measure(string, field, lengths)
    }

    /// Text of any number of lines. U+0000 is the one character Postgres cannot keep.
    mutating func prose(_ field: Field, lengths: ClosedRange<Int>) throws(JSONError) -> Member<String> {
        guard let text = try self.text(field, otherwise: "must be a string") else { return .absent }
        guard case .value(let text) = text else { return .refused }
        let string = json.string(of: text)
        if string.utf8.contains(0) { return refuseRead(field, "must not contain the character U+0000") }
        return measure(string, field, lengths)
    }

    /// A string as it stands; nothing for `null`.
    mutating func text(_ field: Field, otherwise rule: StaticString) throws(JSONError) -> Member<JSONText>? {
        switch try json.kind() {
        case .string: return .value(try json.scanString())
        case .null:
            try json.null()
            return nil
        default: return try refuse(field, rule)
        }
    }

    private mutating func measure(_ text: String, _ field: Field, _ lengths: ClosedRange<Int>?) -> Member<String> {
        guard let lengths else { return .value(text) }
        let length = text.utf8.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
        guard !lengths.contains(length) else { return .value(text) }
        return lengths.lowerBound == 0
            ? refuseRead(field, "must be at most \(lengths.upperBound) characters")
            : refuseRead(field, "must be between \(lengths.lowerBound) and \(lengths.upperBound) characters")
    }
}
