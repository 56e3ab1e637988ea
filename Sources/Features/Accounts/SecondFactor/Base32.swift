/// Base32 (RFC 4648, section 6) without padding, as authenticator apps take a secret.
enum Base32 {
    static func encode(_ bytes: [UInt8]) -> String { encode(bytes, alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") }

    /// Crockford's alphabet, without the letters that are taken for digits: for what people copy by hand.
    static func encodeForPeople(_ bytes: [UInt8]) -> String {
        encode(bytes, alphabet: "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    }

    private static func encode(_ bytes: [UInt8], alphabet: String) -> String {
        let alphabet = Array(alphabet.unicodeScalars)
        var text = String.UnicodeScalarView()
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(alphabet[Int(bits >> UInt32(count) & 31)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(5 - count) & 31)]) }
        return String(text)
    }
}
