internal import Crypto
internal import Model

/// What opens an account once, in place of a code of the app: `XXXX-XXXX-XXXX-XXXX`, 80 random bits.
struct RecoveryCode: Sendable {
    /// How many somebody gets.
    static let count = 10

    let text: String
    private let characters: String

    static func generate() -> RecoveryCode {
        guard let code = RecoveryCode(Base32.encodeForPeople(SecureRandom.bytes(10))) else {
            preconditionFailure("80 bits are 16 characters")
        }
        return code
    }

    /// What somebody typed: in either case, with or without hyphens and spaces, `O` for 0, `I` and `L` for 1.
    init?(_ typed: String) {
        guard typed.utf8.count <= 64 else { return nil }
        var characters = ""
        for scalar in typed.uppercased().unicodeScalars {
            switch scalar {
            case "-", " ": continue
            case "O": characters += "0"
            case "I", "L": characters += "1"
            case "U": return nil
            case "0"..."9", "A"..."Z": characters.unicodeScalars.append(scalar)
            default: return nil
            }
        }
        guard characters.utf8.count == 16 else { return nil }
        self.characters = characters
        var text = ""
        for (index, character) in characters.enumerated() {
            if index > 0, index % 4 == 0 { text += "-" }
            text.append(character)
        }
        self.text = text
    }

    /// What is stored. A slow hash would gain nothing: nobody guesses 80 bits.
    func hash(for user: UserID) -> [UInt8] { SHA256.hash(Array("\(user) \(characters)".utf8)) }
}
