/// The fields that every answer carries (story 4.4), written out once.
package struct SecurityHeaders: Sendable {
    let plain: [UInt8]
    let secure: [UInt8]

    private init(plain: [UInt8], secure: [UInt8]) {
        self.plain = plain
        self.secure = secure
    }

    /// `nosniff`, no framing, the old filter of scripts, and over TLS a year of strict transport security.
    package static let standard: SecurityHeaders = {
        var bytes: [UInt8] = []
        bytes.append("X-Content-Type-Options: nosniff\r\n")
        bytes.append("X-Frame-Options: DENY\r\n")
        bytes.append("X-XSS-Protection: 1; mode=block\r\n")
        let plain = bytes
        bytes.append("Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n")
        return SecurityHeaders(plain: plain, secure: bytes)
    }()

    /// For a server that is no web application's.
    package static let none = SecurityHeaders(plain: [], secure: [])
}
