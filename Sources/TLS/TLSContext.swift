internal import CGnuTLS

/// What all sessions of one side share: certificates, trust and settings. TLS 1.2 and 1.3 with forward secrecy and AEAD
/// ciphers only, in the client's order, ALPN `http/1.1`, and stateless session tickets.
///
/// `@unchecked Sendable`: GnuTLS lets sessions on any threads share what is held here as long as nobody changes it, which
/// nothing does after `init`.
@safe package final class TLSContext: @unchecked Sendable {
    let credentials: gnutls_certificate_credentials_t
    let priorities: gnutls_priority_t
    /// Seals the tickets of a server; none on the connecting side.
    let ticketKey: gnutls_datum_t?
    let verifiesPeer: Bool
    /// When a server's own certificate counts; nothing for a client's context.
    package let validity: CertificateValidity?

    private init(
        owning credentials: gnutls_certificate_credentials_t, priorities: gnutls_priority_t,
        ticketKey: gnutls_datum_t? = nil, verifiesPeer: Bool = false, validity: CertificateValidity? = nil
    ) {
        unsafe self.credentials = credentials
        unsafe self.priorities = priorities
        unsafe self.ticketKey = ticketKey
        self.verifiesPeer = verifiesPeer
        self.validity = validity
    }

    deinit {
        unsafe gnutls_certificate_free_credentials(credentials)
        unsafe gnutls_priority_deinit(priorities)
        if var key = unsafe ticketKey { unsafe CGnuTLS_free_secret(&key) }
    }

    /// The accepting side. Reads both files now; they are not needed afterwards.
    ///
    /// - Parameters:
    ///   - certificateFile: PEM, the server's certificate first, then the intermediates.
    ///   - keyFile: PEM, without a pass phrase (nobody is asked for one).
    package static func server(
        certificateFile: String, keyFile: String, minimumVersion: TLSVersion = .tls12,
        maximumVersion: TLSVersion = .tls13
    ) throws(TLSError) -> TLSContext {
        let chain = try CertificateChain(file: certificateFile)
        let key = try PrivateKey(file: keyFile)
        let credentials = unsafe try makeCredentials()
        let code = withExtendedLifetime((chain, key)) {
            unsafe gnutls_certificate_set_x509_key(
                credentials, chain.certificates, Int32(chain.count), key.pointer)
        }
        var ticketKey = unsafe gnutls_datum_t()
        do throws(TLSError) {
            guard code != GNUTLS_E_CERTIFICATE_KEY_MISMATCH else {
                throw .keyMismatch(keyFile: keyFile, certificateFile: certificateFile)
            }
            try check(code)
            unsafe try check(gnutls_session_ticket_key_generate(&ticketKey))
            return unsafe TLSContext(
                owning: credentials, priorities: try makePriorities(minimumVersion, maximumVersion),
                ticketKey: ticketKey, validity: chain.validity)
        } catch {
            unsafe CGnuTLS_free_secret(&ticketKey)
            unsafe gnutls_certificate_free_credentials(credentials)
            throw error
        }
    }

    /// The connecting side.
    ///
    /// - Parameters:
    ///   - verifying: Whether the peer's chain and host name are checked. `false` is for tests and self-signed hubs on
    ///     a trusted network only: anybody in between can read and change everything.
    ///   - caFile: PEM certificates to trust in place of the system's.
    package static func client(
        verifying: Bool, caFile: String? = nil, maximumVersion: TLSVersion = .tls13
    ) throws(TLSError) -> TLSContext {
        let credentials = unsafe try makeCredentials()
        do throws(TLSError) {
            if let caFile {
                let count = unsafe gnutls_certificate_set_x509_trust_file(credentials, caFile, GNUTLS_X509_FMT_PEM)
                guard count > 0 else {
                    throw .authorityUnreadable(file: caFile, reason: count < 0 ? reason(count) : "no certificate in it")
                }
            } else if verifying {
                let count = unsafe gnutls_certificate_set_x509_system_trust(credentials)
                guard count >= 0 else { throw .setupFailed(reason: reason(count)) }
            }
            return unsafe TLSContext(
                owning: credentials, priorities: try makePriorities(.tls12, maximumVersion), verifiesPeer: verifying)
        } catch {
            unsafe gnutls_certificate_free_credentials(credentials)
            throw error
        }
    }

    private static func makeCredentials() throws(TLSError) -> gnutls_certificate_credentials_t {
        var credentials: gnutls_certificate_credentials_t?
        unsafe try check(gnutls_certificate_allocate_credentials(&credentials))
        guard let credentials = unsafe credentials else { throw .setupFailed(reason: "no memory") }
        return unsafe credentials
    }

    /// GnuTLS's name for what is spoken. The peer's order decides between the ciphers, which are all good: who has no
    /// instructions for AES puts ChaCha20 first.
    private static func makePriorities(
        _ minimum: TLSVersion, _ maximum: TLSVersion
    ) throws(TLSError) -> gnutls_priority_t {
        var names = "NORMAL:-VERS-ALL"
        if maximum >= .tls13 { names += ":+VERS-TLS1.3" }
        if minimum <= .tls12 { names += ":+VERS-TLS1.2" }
        names += ":-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-MAC-ALL:+AEAD"
        names += ":-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM"
        names += ":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1"
        // 112 bits at least, as RSA of 2048 has, and nothing signed over SHA-1.
        names += ":-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:%PROFILE_MEDIUM"
        var priorities: gnutls_priority_t?
        unsafe try check(gnutls_priority_init(&priorities, names, nil))
        guard let priorities = unsafe priorities else { throw .setupFailed(reason: "no memory") }
        return unsafe priorities
    }

    private static func check(_ code: Int32) throws(TLSError) {
        guard code >= 0 else { throw .setupFailed(reason: reason(code)) }
    }
}

/// A server's certificates as they stand in a file.
@safe private final class CertificateChain {
    let certificates: UnsafeMutablePointer<gnutls_x509_crt_t?>
    let count: UInt32

    init(file: String) throws(TLSError) {
        var text = unsafe gnutls_datum_t()
        var code = unsafe gnutls_load_file(file, &text)
        defer { unsafe CGnuTLS_free(text.data) }
        var certificates: UnsafeMutablePointer<gnutls_x509_crt_t?>?
        var count: UInt32 = 0
        if code >= 0 {
            code = unsafe gnutls_x509_crt_list_import2(&certificates, &count, &text, GNUTLS_X509_FMT_PEM, 0)
        }
        guard code >= 0, let certificates = unsafe certificates, count > 0 else {
            throw .certificateUnreadable(file: file, reason: reason(code))
        }
        unsafe self.certificates = certificates
        self.count = count
    }

    deinit { unsafe CGnuTLS_free_certificates(certificates, count) }

    /// Of the server's own certificate.
    var validity: CertificateValidity? {
        let own = unsafe certificates[0]
        let (notBefore, notAfter) = unsafe (
            gnutls_x509_crt_get_activation_time(own), gnutls_x509_crt_get_expiration_time(own)
        )
        guard notBefore != -1, notAfter != -1 else { return nil }
        return CertificateValidity(notBefore: Int64(notBefore), notAfter: Int64(notAfter))
    }
}

/// A server's key as it stands in a file.
@safe private final class PrivateKey {
    let pointer: gnutls_x509_privkey_t

    init(file: String) throws(TLSError) {
        var key: gnutls_x509_privkey_t?
        var code = unsafe gnutls_x509_privkey_init(&key)
        guard code >= 0, let key = unsafe key else { throw .setupFailed(reason: reason(code)) }
        unsafe pointer = key
        var text = unsafe gnutls_datum_t()
        defer { unsafe CGnuTLS_free_secret(&text) }
        code = unsafe gnutls_load_file(file, &text)
        if code >= 0 {
            code = unsafe gnutls_x509_privkey_import2(
                key, &text, GNUTLS_X509_FMT_PEM, nil, UInt32(GNUTLS_PKCS_PLAIN.rawValue))
        }
        guard code >= 0 else { throw .keyUnreadable(file: file, reason: reason(code)) }
    }

    deinit { unsafe gnutls_x509_privkey_deinit(pointer) }
}
