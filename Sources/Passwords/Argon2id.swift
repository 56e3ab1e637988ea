internal import CSodium

/// libsodium's Argon2id, version 1.3, with its text form: `$argon2id$v=19$m=…,t=…,p=1$salt$hash`. Blocks the thread.
enum Argon2id {
    private static let longest = Int(crypto_pwhash_strbytes())

    private static let isReady: Bool = sodium_init() >= 0

    /// Hashes with a salt of its own; nothing if the memory for it cannot be had.
    static func hash(_ password: [UInt8], cost: PasswordCost) -> String? {
        precondition(isReady, "libsodium cannot be initialised")
        var text = [CChar](repeating: 0, count: longest)
        let password = password.map(CChar.init(bitPattern:))
        let result = unsafe crypto_pwhash_str_alg(
            &text, password, UInt64(password.count), UInt64(cost.iterations), cost.bytes,
            crypto_pwhash_alg_argon2id13())
        guard result == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether `hash` is of `password`; in a time that depends on the hash's own cost alone.
    static func verify(_ password: [UInt8], against hash: String) -> Bool {
        precondition(isReady, "libsodium cannot be initialised")
        guard let text = terminated(hash) else { return false }
        let password = password.map(CChar.init(bitPattern:))
        return unsafe crypto_pwhash_str_verify(text, password, UInt64(password.count)) == 0
    }

    /// Whether `hash` was made at another cost than `cost`.
    static func isOutdated(_ hash: String, for cost: PasswordCost) -> Bool {
        guard let text = terminated(hash) else { return true }
        return unsafe crypto_pwhash_str_needs_rehash(text, UInt64(cost.iterations), cost.bytes) != 0
    }

    /// As a C string; nothing for a text that is too long for a hash or has a zero in it.
    private static func terminated(_ text: String) -> [CChar]? {
        let bytes = Array(text.utf8)
        guard bytes.count < longest, !bytes.contains(0) else { return nil }
        return bytes.map(CChar.init(bitPattern:)) + [0]
    }
}
