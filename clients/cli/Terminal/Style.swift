/// Colours and weights of terminal text.
enum Style: String, Hashable, Sendable {
    case plain = ""
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"

    func applied(to text: String, isColoured: Bool) -> String {
        isColoured && self != .plain ? "\u{1b}[\(rawValue)m\(text)\u{1b}[0m" : text
    }
}
