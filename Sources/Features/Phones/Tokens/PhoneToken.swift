internal import Crypto

/// What a phone app reports with: 32 characters of Crockford's base 32 in lower case, 160 random bits. People may have to type
/// it, so that upper case, hyphens and spaces, and o for 0, i and l for 1, make no difference. It is in clear in the app alone;
/// only ``hash`` is ever stored.
struct PhoneToken: Sendable, CustomStringConvertible, CustomReflectable {
    static let length = 32
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    let text: String

    static func generate() -> PhoneToken {
        let bytes = SecureRandom.bytes(length)
        return PhoneToken(unchecked: String(decoding: bytes.map { digits[Int($0 & 31)] }, as: UTF8.self))
    }

    /// What somebody sent, if it has a token's form; whether it opens anything is for the store to say.
    init?(_ written: some StringProtocol) {
        // Twice the length is room for a hyphen behind every character.
        guard written.utf8.count <= 2 * PhoneToken.length else { return nil }
        var token: [UInt8] = []
        for byte in written.utf8 {
            let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
            switch lower {
            case UInt8(ascii: "-"), UInt8(ascii: " "): continue
            case UInt8(ascii: "o"): token.append(UInt8(ascii: "0"))
            case UInt8(ascii: "i"), UInt8(ascii: "l"): token.append(UInt8(ascii: "1"))
            default: token.append(lower)
            }
        }
        guard token.count == PhoneToken.length, token.allSatisfy(PhoneToken.digits.contains) else { return nil }
        self.init(unchecked: String(decoding: token, as: UTF8.self))
    }

    private init(unchecked text: String) { self.text = text }

    /// SHA-256, 32 bytes. Not slow on purpose: nobody can try 2¹⁶⁰.
    var hash: [UInt8] { SHA256.hash(Array(text.utf8)) }

    var description: String { "(phone token)" }

    var customMirror: Mirror { Mirror(self, children: []) }
}
