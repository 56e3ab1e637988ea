internal import Crypto

/// What lets somebody into a group: 12 characters of Crockford's base 32, of which there are 2⁶⁰, in upper case.
///
/// People read codes to each other, so that whatever case, hyphens and spaces they are written with, and O for 0, I and L
/// for 1, make no difference.
struct InvitationCode: Hashable, Sendable {
    static let length = 12
    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// As it is kept.
    let text: String

    /// One that nobody can guess.
    static func random() -> InvitationCode {
        let bytes = SecureRandom.bytes(length)
        return InvitationCode(unchecked: String(decoding: bytes.map { digits[Int($0 & 31)] }, as: UTF8.self))
    }

    /// The code that was written so; nothing for what is none.
    init?(_ written: some StringProtocol) {
        // Twice the length is room for a hyphen behind every character.
        guard written.utf8.count <= 2 * InvitationCode.length else { return nil }
        var code: [UInt8] = []
        for byte in written.utf8 {
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: " "): continue
            case UInt8(ascii: "o"), UInt8(ascii: "O"): code.append(UInt8(ascii: "0"))
            case UInt8(ascii: "i"), UInt8(ascii: "I"), UInt8(ascii: "l"), UInt8(ascii: "L"):
                code.append(UInt8(ascii: "1"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"): code.append(byte - 32)
            default: code.append(byte)
            }
        }
        guard code.count == InvitationCode.length, code.allSatisfy(InvitationCode.digits.contains) else { return nil }
        self.init(unchecked: String(decoding: code, as: UTF8.self))
    }

    private init(unchecked text: String) { self.text = text }

    /// As people are shown it: three times four characters.
    var grouped: String {
        let characters = Array(text)
        return stride(from: 0, to: characters.count, by: 4).map { String(characters[$0..<$0 + 4]) }
            .joined(separator: "-")
    }
}
