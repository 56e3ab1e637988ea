internal import COpenSSL
internal import Glibc

/// When a certificate counts (RFC 5280, section 4.1.2.5), in seconds since the epoch.
package struct CertificateValidity: Equatable, Sendable {
    package let notBefore: Int64
    package let notAfter: Int64

    package init(notBefore: Int64, notAfter: Int64) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}

extension TLSContext {
    /// When a server's own certificate counts; nothing for a client's context.
    package var validity: CertificateValidity? {
        guard let certificate = unsafe SSL_CTX_get0_certificate(pointer),
            let notBefore = unsafe TLSContext.seconds(X509_get0_notBefore(certificate)),
            let notAfter = unsafe TLSContext.seconds(X509_get0_notAfter(certificate))
        else { return nil }
        return CertificateValidity(notBefore: notBefore, notAfter: notAfter)
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var parts = unsafe tm()
        guard let time = unsafe time, unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return unsafe Int64(timegm(&parts))
    }
}
