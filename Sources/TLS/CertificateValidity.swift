/// When a certificate counts (RFC 5280, section 4.1.2.5), in seconds since the epoch.
package struct CertificateValidity: Equatable, Sendable {
    package let notBefore: Int64
    package let notAfter: Int64

    package init(notBefore: Int64, notAfter: Int64) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}
