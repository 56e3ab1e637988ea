internal import COpenSSL

/// What all sessions of one side share: certificates, trust and settings. TLS 1.2 and 1.3 with forward secrecy and AEAD
/// ciphers only, ALPN `http/1.1`, stateless session tickets, no renegotiation, and buffers only while they hold bytes.
@safe package final class TLSContext: @unchecked Sendable {
    // An SSL_CTX is counted and locked by OpenSSL; nothing here changes it after `init`.
    let pointer: OpaquePointer
    let verifiesPeer: Bool

    private init(
        method: OpaquePointer, verifiesPeer: Bool, minimumVersion: TLSVersion = .tls12, maximumVersion: TLSVersion
    )
        throws(TLSError)
    {
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(method) else { throw .setupFailed(reason: takeOpenSSLReason()) }
        unsafe pointer = context
        self.verifiesPeer = verifiesPeer
        guard unsafe COpenSSL_configure(context) == 1,
            unsafe COpenSSL_set_minimum_version(context, minimumVersion.rawValue) == 1,
            unsafe COpenSSL_set_maximum_version(context, maximumVersion.rawValue) == 1
        else { throw .setupFailed(reason: takeOpenSSLReason()) }
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// The accepting side. Reads both files now; they are not needed afterwards.
    ///
    /// - Parameters:
    ///   - certificateFile: PEM, the server's certificate first, then the intermediates.
    ///   - keyFile: PEM, without a pass phrase (nobody is asked for one).
    package static func server(
        certificateFile: String, keyFile: String, minimumVersion: TLSVersion = .tls12,
        maximumVersion: TLSVersion = .tls13
    ) throws(TLSError) -> TLSContext {
        let context = unsafe try TLSContext(
            method: TLS_server_method(), verifiesPeer: false, minimumVersion: minimumVersion,
            maximumVersion: maximumVersion)
        unsafe SSL_CTX_set_default_passwd_cb(context.pointer, { _, _, _, _ in 0 })
        guard unsafe SSL_CTX_use_certificate_chain_file(context.pointer, certificateFile) == 1 else {
            throw .certificateUnreadable(file: certificateFile, reason: takeOpenSSLReason())
        }
        guard unsafe SSL_CTX_use_PrivateKey_file(context.pointer, keyFile, SSL_FILETYPE_PEM) == 1 else {
            if ERR_peek_last_error() == 0 || isKeyMismatch() {
                ERR_clear_error()
                throw .keyMismatch(keyFile: keyFile, certificateFile: certificateFile)
            }
            throw .keyUnreadable(file: keyFile, reason: takeOpenSSLReason())
        }
        guard unsafe SSL_CTX_check_private_key(context.pointer) == 1 else {
            ERR_clear_error()
            throw .keyMismatch(keyFile: keyFile, certificateFile: certificateFile)
        }
        unsafe SSL_CTX_set_alpn_select_cb(context.pointer, selectProtocol, nil)
        return context
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
        let context = unsafe try TLSContext(
            method: TLS_client_method(), verifiesPeer: verifying, maximumVersion: maximumVersion)
        unsafe SSL_CTX_set_verify(context.pointer, verifying ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        if let caFile {
            guard unsafe SSL_CTX_load_verify_file(context.pointer, caFile) == 1 else {
                throw .authorityUnreadable(file: caFile, reason: takeOpenSSLReason())
            }
        } else if verifying {
            guard unsafe SSL_CTX_set_default_verify_paths(context.pointer) == 1 else {
                throw .setupFailed(reason: takeOpenSSLReason())
            }
        }
        let offered = protocolList
        // 0 is success here, unlike everywhere else in OpenSSL.
        guard unsafe SSL_CTX_set_alpn_protos(context.pointer, offered, UInt32(offered.count)) == 0 else {
            throw .setupFailed(reason: takeOpenSSLReason())
        }
        return context
    }
}

/// `http/1.1` in ALPN's form: its length, then its bytes (RFC 7301).
private let protocolList: [UInt8] = [8] + Array("http/1.1".utf8)

/// Takes `http/1.1` where it is offered and refuses a client that offers only others (RFC 7301, section 3.2); a client
/// without ALPN is never asked.
private func selectProtocol(
    _ session: OpaquePointer?, _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ selectedLength: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?, _ offeredLength: UInt32,
    _ argument: UnsafeMutableRawPointer?
) -> Int32 {
    guard let selected = unsafe selected, let selectedLength = unsafe selectedLength, let offered = unsafe offered
    else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    var position = 0
    while position < Int(offeredLength) {
        let length = unsafe Int(offered[position])
        let name = unsafe UnsafeBufferPointer(start: offered + position + 1, count: length)
        guard position + 1 + length <= Int(offeredLength) else { break }
        if unsafe name.elementsEqual("http/1.1".utf8) {
            unsafe selected.pointee = name.baseAddress
            unsafe selectedLength.pointee = UInt8(length)
            return SSL_TLSEXT_ERR_OK
        }
        position += 1 + length
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}

private func isKeyMismatch() -> Bool {
    let error = ERR_peek_last_error()
    return COpenSSL_is_key_mismatch(error) == 1
}
