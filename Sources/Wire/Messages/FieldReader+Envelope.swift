import Model

extension FieldReader {
    /// Reads `id`, or skips the value of any other member.
    mutating func takeEnvelope(_ name: JSONText) throws(JSONError) {
        guard json.text(name, is: "id") else { return try json.skipValue() }
        id = try integer(Field("id", "Id"), in: 0...FieldReader.largestInteger).value
    }

    /// A status that a client may claim; `offline` is the hub's to conclude.
    mutating func reportedStatus(_ field: Field) throws(JSONError) -> Member<PresenceStatus> {
        let rule: StaticString = "must be online, away, busy or invisible"
        guard let text = try self.text(field, otherwise: rule) else { return .absent }
        guard case .value(let text) = text else { return .refused }
        guard let status = PresenceStatus(rawValue: json.string(of: text)), status != .offline else {
            return refuseRead(field, "\(rule)")
        }
        return .value(status)
    }
}
