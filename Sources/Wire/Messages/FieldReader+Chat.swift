import Model

extension FieldReader {
    /// The text of a message, cleaned as ``MessageText`` says.
    mutating func messageText(_ field: Field) throws(JSONError) -> Member<MessageText> {
        guard let text = try self.text(field, otherwise: "must be a string") else { return .absent }
        guard case .value(let text) = text else { return .refused }
        do throws(MessageTextError) {
            return .value(try MessageText(json.string(of: text)))
        } catch {
            return refuseRead(field, error.description)
        }
    }

    /// A name as people choose it: one line, without white space at its ends and without characters that turn text round.
    mutating func name(_ field: Field, lengths: ClosedRange<Int>) throws(JSONError) -> Member<String> {
        let read = try line(field)
        guard let line = read.value else { return read }
        guard let name = (try? MessageText(line))?.rawValue, name.unicodeScalars.count <= lengths.upperBound else {
            return refuseRead(
                field, "must be between \(lengths.lowerBound) and \(lengths.upperBound) characters that can be seen")
        }
        return .value(name)
    }

    /// Different users by their ids.
    mutating func users(_ field: Field, counts: ClosedRange<Int>) throws(JSONError) -> Member<[UserID]> {
        let rule = "must hold \(counts.lowerBound) to \(counts.upperBound) different UUIDs"
        switch try json.kind() {
        case .array: break
        case .null:
            try json.null()
            return .absent
        default:
            try json.skipValue()
            return refuseRead(field, rule)
        }
        var users: [UserID] = []
        var isWhole = true
        var array = try json.beginArray()
        while try json.nextElement(&array) {
            guard users.count < counts.upperBound, try json.kind() == .string else {
                isWhole = false
                try json.skipValue()
                continue
            }
            guard let id = json.uniqueID(of: try json.string()), !users.contains(UserID(id)) else {
                isWhole = false
                continue
            }
            users.append(UserID(id))
        }
        return isWhole && counts.contains(users.count) ? .value(users) : refuseRead(field, rule)
    }
}
