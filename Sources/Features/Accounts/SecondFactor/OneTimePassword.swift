internal import Crypto
internal import Model

/// Time-based one-time passwords (RFC 6238): six digits, thirty seconds, HMAC-SHA-1, which is what every app knows.
enum OneTimePassword {
    static let secretSize = 20
    static let digits = 6
    /// Seconds that a code is shown.
    static let period: Int64 = 30
    /// Steps before and after this one whose codes are taken too, for clocks and fingers that are late.
    static let skew: Int64 = 1

    static func step(at now: Timestamp) -> Int64 { now.milliseconds / 1_000 / period }

    /// The code of a step (RFC 4226, section 5.3).
    static func code(of secret: [UInt8], step: Int64, digits: Int = OneTimePassword.digits) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * $0)) }
        let hash = HMAC.sha1(counter, key: secret)
        let offset = Int(hash[19] & 15)
        let number = hash[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        var modulus: UInt32 = 1
        for _ in 0..<digits { modulus *= 10 }
        let text = String(number % modulus)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }

    /// The step that `code` is of, if it is of one about now and after `last`. Takes as long whichever it is.
    static func step(of code: String, secret: [UInt8], at now: Timestamp, after last: Int64?) -> Int64? {
        let typed = Array(code.utf8)
        let current = step(at: now)
        var found: Int64?
        for step in current - skew...current + skew {
            let isRight = constantTimeEquals(typed, Array(self.code(of: secret, step: step).utf8))
            if isRight, step > last ?? -1 { found = step }
        }
        return found
    }

    /// What an authenticator app reads from a QR code.
    static func uri(secret: [UInt8], account: String, issuer: String) -> String {
        "otpauth://totp/\(escaped(issuer)):\(escaped(account))?secret=\(Base32.encode(secret))&issuer=\(escaped(issuer))"
            + "&algorithm=SHA1&digits=\(digits)&period=\(period)"
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + Hexadecimal.encode([byte]).uppercased()
            }
        }
    }
}
