/// A value before its setting has read it: a text that may mean anything, or a TOML value with its type.
enum RawValue: Equatable, Sendable {
    /// From the environment or a flag. Lists are separated by commas.
    case text(String)
    case tomlString(String)
    case tomlInteger(Int)
    case tomlStrings([String])
    /// A float, a boolean, a date or an array that is not of strings: no setting takes one.
    case tomlOther

    var integer: Int? {
        switch self {
        case .text(let text): Int(text)
        case .tomlInteger(let number): number
        default: nil
        }
    }

    var string: String? {
        switch self {
        case .text(let text), .tomlString(let text): text
        default: nil
        }
    }

    var strings: [String]? {
        switch self {
        case .text(""): []
        case .text(let text): text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
        case .tomlStrings(let texts): texts
        default: nil
        }
    }

    /// As it is shown in an error; nothing for what has no short form.
    var shown: String? {
        switch self {
        case .text(let text), .tomlString(let text): tomlText(text)
        case .tomlInteger(let number): String(number)
        case .tomlStrings(let texts): tomlList(texts)
        case .tomlOther: nil
        }
    }
}

private func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
}
