import Wire

extension JSONText {
    /// A value as it was read.
    init(_ value: JSONValue) {
        switch value {
        case .object(let members): self = .members(members.map { Member(name: $0.name, value: JSONText($0.value)) })
        case .array(let elements): self = .array(elements.map { JSONText($0) })
        case .string(let text): self = .string(text)
        case .integer(let number): self = .integer(Int(number))
        case .number(let number): self = .number(number)
        case .boolean(let flag): self = .bool(flag)
        case .null: self = .null
        }
    }
}
