internal import Crypto

/// What is in a share's link: 43 characters of base64url, 256 random bits. Only ``hash`` is ever stored.
struct ShareToken: Sendable, CustomStringConvertible, CustomReflectable {
    let text: String

    static func generate() -> ShareToken { ShareToken(unchecked: Base64.url.encode(SecureRandom.bytes(32))) }

    /// What somebody sent, if it has a token's form; whether it shows anything is for the store to say.
    init?(_ text: String) {
        guard text.utf8.count == 43, Base64.url.decode(text)?.count == 32 else { return nil }
        self.init(unchecked: text)
    }

    private init(unchecked text: String) { self.text = text }

    /// SHA-256, 32 bytes. Not slow on purpose: nobody can try 2²⁵⁶.
    var hash: [UInt8] { SHA256.hash(Array(text.utf8)) }

    var description: String { "(share token)" }

    var customMirror: Mirror { Mirror(self, children: []) }
}
