/// What was found under a member's name.
enum Member<Value> {
    /// Nothing yet, or `null`.
    case absent
    /// Something that was refused; the error is noted.
    case refused
    case value(Value)

    /// The value, if there is one.
    @inline(__always)
    var value: Value? {
        if case .value(let value) = self { value } else { nil }
    }

    @inline(__always)
    func map<Other>(_ transform: (Value) -> Other) -> Member<Other> {
        switch self {
        case .absent: .absent
        case .refused: .refused
        case .value(let value): .value(transform(value))
        }
    }
}
