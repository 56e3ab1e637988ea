/// One `--option` of a command: how it is parsed and what its help says.
struct Option: Hashable, Sendable {
    enum Shape: Hashable, Sendable {
        /// Present or not.
        case flag
        /// Takes one value; the last one given counts.
        case value(String)
        /// Takes one or more values, and may be repeated.
        case values(String)
    }

    /// Without the two hyphens.
    var name: String
    var shape: Shape
    var help: String
    var isRequired: Bool

    /// A flag.
    init(_ name: String, _ help: String) { self.init(name, .flag, help) }

    init(_ name: String, _ shape: Shape, required: Bool = false, _ help: String) {
        self.name = name
        self.shape = shape
        self.help = help
        isRequired = required
    }

    /// As usage lines show it: `--group G`, `--track FILE…`.
    var synopsis: String {
        switch shape {
        case .flag: "--\(name)"
        case .value(let placeholder): "--\(name) \(placeholder)"
        case .values(let placeholder): "--\(name) \(placeholder)…"
        }
    }
}

/// An argument without a name, such as the group of `hubctl watch GROUP`.
struct Operand: Hashable, Sendable {
    var placeholder: String
    var help: String
    var isRequired: Bool
    /// Whether there may be several; of the last operand alone.
    var isRepeated: Bool

    init(_ placeholder: String, required: Bool = true, repeated: Bool = false, _ help: String) {
        self.placeholder = placeholder
        self.help = help
        isRequired = required
        isRepeated = repeated
    }
}
