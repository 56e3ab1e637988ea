/// What somebody did at the keyboard.
enum Key: Hashable, Sendable {
    case text(String)
    /// Pasted as a whole, with ends of lines as `\n`.
    case paste(String)
    /// The Return key.
    case enter
    case backspace
    case delete
    case left
    case right
    case up
    case down
    case home
    case end
    case wordLeft
    case wordRight
    case tab
    /// With Ctrl: the letter in lower case, but for those that are keys above.
    case control(Character)
}
