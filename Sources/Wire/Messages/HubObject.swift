import Model

/// An object of a hub's message as a tree, asked for its members: for the messages that are not worth a reader of their
/// own. Each accessor refuses a member that is missing or of the wrong type.
struct HubObject {
    private let value: JSONValue

    init(_ value: JSONValue) { self.value = value }

    func string(_ name: String) throws(Refusal) -> String {
        try require(value[name]?.string, name)
    }

    func integer(_ name: String) throws(Refusal) -> Int64 {
        try require(value[name]?.integer, name)
    }

    func boolean(_ name: String) throws(Refusal) -> Bool {
        try require(value[name]?.boolean, name)
    }

    func uniqueID(_ name: String) throws(Refusal) -> UniqueID {
        try require(value[name]?.string.flatMap { UniqueID($0) }, name)
    }

    func group(_ name: String) throws(Refusal) -> GroupID {
        try require(value[name]?.string.flatMap { GroupID($0) }, name)
    }

    func timestamp(_ name: String) throws(Refusal) -> Timestamp {
        let moment: Timestamp? =
            switch value[name] {
            case .string(let text): Timestamp(rfc3339: text)
            case .integer(let milliseconds): Timestamp(milliseconds: milliseconds)
            default: nil
            }
        return try require(moment.flatMap { Timestamp.writable.contains($0) ? $0 : nil }, name)
    }

    func object(_ name: String) throws(Refusal) -> HubObject {
        try require(optionalObject(name), name)
    }

    func objects(_ name: String) throws(Refusal) -> [HubObject] {
        try require(value[name]?.array, name).map { HubObject($0) }
    }

    // MARK: What may be missing

    func optionalObject(_ name: String) -> HubObject? {
        guard let member = value[name], case .object = member else { return nil }
        return HubObject(member)
    }

    func optionalString(_ name: String) -> String? { value[name]?.string }

    func optionalInteger(_ name: String) -> Int64? { value[name]?.integer }

    /// Nothing for a member that is missing or `null`; one that is no time is refused.
    func optionalTimestamp(_ name: String) throws(Refusal) -> Timestamp? {
        switch value[name] {
        case nil, .null: nil
        default: try timestamp(name)
        }
    }

    func optionalDouble(_ name: String) -> Double? { value[name]?.double }

    func optionalID(_ name: String) -> UniqueID? { value[name]?.string.flatMap { UniqueID($0) } }

    /// Those of an array's elements that are identifiers.
    func optionalIDs(_ name: String) -> [UniqueID] {
        value[name]?.array?.compactMap { $0.string.flatMap { UniqueID($0) } } ?? []
    }

    func optionalObjects(_ name: String) -> [HubObject] { value[name]?.array?.map { HubObject($0) } ?? [] }

    func double(_ name: String) throws(Refusal) -> Double {
        try require(value[name]?.double, name)
    }

    private func require<Value>(_ member: Value?, _ name: String) throws(Refusal) -> Value {
        guard let member else {
            throw Refusal(
                details: [FieldError(field: name, message: "Missing or of the wrong type")], id: nil)
        }
        return member
    }
}
