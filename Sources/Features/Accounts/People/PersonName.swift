internal import Model

/// A user name as it is looked up.
enum PersonName {
    /// What names have in common that count as one.
    static func key(of name: String) -> String { name.lowercased() }
}
