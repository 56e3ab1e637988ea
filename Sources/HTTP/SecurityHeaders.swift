/// The fields that every answer carries (story 4.4), written out once.
package struct SecurityHeaders: Sendable {
    let plain: [UInt8]
    let secure: [UInt8]
    /// Left out of an answer that has its own, as a page has.
    let contentPolicy: [UInt8]

    private init(plain: [UInt8], secure: [UInt8], contentPolicy: [UInt8]) {
        self.plain = plain
        self.secure = secure
        self.contentPolicy = contentPolicy
    }

    /// `nosniff`, no framing, the old filter of scripts, no address told to others, nothing loaded by what is no page, and
    /// over TLS a year of strict transport security.
    package static let standard: SecurityHeaders = {
        var bytes: [UInt8] = []
        bytes.append("X-Content-Type-Options: nosniff\r\n")
        bytes.append("X-Frame-Options: DENY\r\n")
        bytes.append("X-XSS-Protection: 1; mode=block\r\n")
        bytes.append("Referrer-Policy: no-referrer\r\n")
        let plain = bytes
        bytes.append(contentsOf: "Strict-Transport-Security: \(strictTransport)\r\n".utf8)
        var policy: [UInt8] = []
        policy.append("Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n")
        return SecurityHeaders(plain: plain, secure: bytes, contentPolicy: policy)
    }()

    /// For a server that is no web application's.
    package static let none = SecurityHeaders(plain: [], secure: [], contentPolicy: [])

    /// `Strict-Transport-Security`: for a year, of all names below this one too.
    package static let strictTransport = "max-age=31536000; includeSubDomains"

    /// All of ``standard`` that an answer over plain TCP has, for one that no server writes.
    package static var standardText: String {
        String(decoding: standard.plain + standard.contentPolicy, as: UTF8.self)
    }

    func bytes(isSecure: Bool) -> [UInt8] { isSecure ? secure : plain }
}
