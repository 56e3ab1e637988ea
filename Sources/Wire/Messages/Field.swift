/// A member as errors speak of it.
struct Field {
    /// As on the wire: `batteryLevel`.
    let name: StaticString
    /// As a sentence begins with it: `Battery level`.
    let label: StaticString

    init(_ name: StaticString, _ label: StaticString) {
        self.name = name
        self.label = label
    }
}

/// Where the object being read stands in the message; its text is only made for an error.
enum FieldPath {
    case root
    case element(StaticString, Int)

    /// What is put before a member's name: `locations[3].`
    var prefix: String {
        switch self {
        case .root: ""
        case .element(let list, let index): "\(list)[\(index)]."
        }
    }
}
