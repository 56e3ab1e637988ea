internal import COpenSSL
internal import Glibc

/// TLS on one connected, non-blocking descriptor, which stays its owner's to watch and to close.
///
/// OpenSSL reads and writes the descriptor itself, with read(2) and write(2). A write to a connection that the peer has
/// reset therefore raises SIGPIPE: the process must ignore that signal, as EventLoop makes it do.
///
/// Confined to one thread at a time, which is why it may be sent: the loop that owns the descriptor makes every call, and
/// a session that moves to another loop moves together with it. It owns no buffer while it is idle.
@safe package final class TLSSession: @unchecked Sendable {
    private let pointer: OpaquePointer
    private var isEstablished = false
    /// After a fatal error OpenSSL forbids further calls, SSL_shutdown among them.
    private var failure: TLSError?

    /// The server's side of `descriptor`.
    package init(accepting descriptor: Int32, context: TLSContext) throws(TLSError) {
        unsafe pointer = try TLSSession.make(descriptor, context)
        unsafe SSL_set_accept_state(pointer)
    }

    /// The client's side of `descriptor`.
    ///
    /// - Parameter serverName: The host name or address that was connected to. A verifying context checks that the
    ///   certificate names it; a host name also goes out as SNI. Without one, a verifying context checks the chain alone.
    package init(connecting descriptor: Int32, context: TLSContext, serverName: String?) throws(TLSError) {
        unsafe pointer = try TLSSession.make(descriptor, context)
        unsafe SSL_set_connect_state(pointer)
        guard let serverName else { return }
        let accepted =
            isAddress(serverName)
            ? unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(pointer), serverName) == 1
            : unsafe SSL_set1_host(pointer, serverName) == 1 && COpenSSL_set_server_name(pointer, serverName) == 1
        unsafe SSL_set_hostflags(pointer, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        guard accepted else {
            throw .setupFailed(reason: takeOpenSSLReason())
        }
    }

    private static func make(_ descriptor: Int32, _ context: TLSContext) throws(TLSError) -> OpaquePointer {
        ERR_clear_error()
        guard let session = unsafe SSL_new(context.pointer) else { throw .setupFailed(reason: takeOpenSSLReason()) }
        guard unsafe SSL_set_fd(session, descriptor) == 1 else {
            unsafe SSL_free(session)
            throw .setupFailed(reason: takeOpenSSLReason())
        }
        return unsafe session
    }

    deinit { unsafe SSL_free(pointer) }

    /// The version agreed on, once the handshake is done.
    package var version: TLSVersion? { isEstablished ? unsafe TLSVersion(rawValue: SSL_version(pointer)) : nil }

    /// Whether bytes that left the kernel wait here, decrypted or not: the descriptor will not become readable for them,
    /// so a reader that paused must call ``read(into:)`` when it goes on, until that says ``TLSReadResult/wantsRead``.
    package var hasBufferedInput: Bool { unsafe SSL_has_pending(pointer) == 1 }

    /// Goes on with the handshake as far as the descriptor allows; once done it stays done.
    package func handshake() -> TLSProgress {
        if let failure { return .failed(failure) }
        if isEstablished { return .done }
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(pointer)
        guard result != 1 else {
            isEstablished = true
            return .done
        }
        switch outcome(of: result) {
        case .wantsRead: return .wantsRead
        case .wantsWrite: return .wantsWrite
        case .closed, .truncated: return .failed(fail(.truncated))
        case .failed(let error): return .failed(error)
        }
    }

    /// Decrypts what has arrived into `buffer`, which must not be empty; does the handshake first if that is not done.
    package func read(into buffer: UnsafeMutableRawBufferPointer) -> TLSReadResult {
        unsafe precondition(!buffer.isEmpty, "a read needs room")
        if let failure { return failure == .truncated ? .truncated : .failed(failure) }
        ERR_clear_error()
        var count = 0
        let result = unsafe SSL_read_ex(pointer, buffer.baseAddress, buffer.count, &count)
        guard result != 1 else { return .bytes(count) }
        switch outcome(of: result) {
        case .wantsRead: return .wantsRead
        case .wantsWrite: return .wantsWrite
        case .closed: return .closed
        case .truncated:
            _ = fail(.truncated)
            return .truncated
        case .failed(let error): return .failed(error)
        }
    }

    /// Encrypts and sends from the beginning of `bytes`, one record at most.
    ///
    /// After ``TLSWriteResult/wantsWrite`` or ``TLSWriteResult/wantsRead`` the next call must begin with the same bytes
    /// and offer at least as many, at whatever address: the record may already be half sent.
    package func write(_ bytes: UnsafeRawBufferPointer) -> TLSWriteResult {
        if let failure { return .failed(failure) }
        guard unsafe !bytes.isEmpty else { return .bytes(0) }
        ERR_clear_error()
        var count = 0
        let result = unsafe SSL_write_ex(pointer, bytes.baseAddress, bytes.count, &count)
        guard result != 1 else { return .bytes(count) }
        switch outcome(of: result) {
        case .wantsRead: return .wantsRead
        case .wantsWrite: return .wantsWrite
        case .closed, .truncated: return .failed(fail(.truncated))
        case .failed(let error): return .failed(error)
        }
    }

    /// Tells the peer that nothing more will be written; what it still sends may be read until ``TLSReadResult/closed``.
    /// Before the handshake is done, and after a failure, there is nobody to tell: that is ``TLSProgress/done`` too.
    package func sendCloseNotify() -> TLSProgress {
        guard failure == nil, isEstablished else { return .done }
        ERR_clear_error()
        let result = unsafe SSL_shutdown(pointer)
        guard result < 0 else { return .done }
        switch outcome(of: result) {
        case .wantsRead: return .wantsRead
        case .wantsWrite: return .wantsWrite
        case .closed, .truncated: return .failed(fail(.truncated))
        case .failed(let error): return .failed(error)
        }
    }

    private enum Outcome {
        case wantsRead
        case wantsWrite
        case closed
        case truncated
        case failed(TLSError)
    }

    /// What a call that did not succeed means; to be asked right after it, before anything touches `errno`.
    private func outcome(of result: Int32) -> Outcome {
        let code = errno
        switch unsafe SSL_get_error(pointer, result) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        case SSL_ERROR_ZERO_RETURN: return .closed
        case SSL_ERROR_SYSCALL:
            ERR_clear_error()
            return code == 0 ? .truncated : .failed(fail(.system(code)))
        default:
            if COpenSSL_is_unexpected_eof(ERR_peek_error()) == 1 {
                ERR_clear_error()
                return .truncated
            }
            let verification = unsafe SSL_get_verify_result(pointer)
            if !isEstablished, verification != Int(X509_V_OK), unsafe SSL_get_verify_mode(pointer) == SSL_VERIFY_PEER {
                ERR_clear_error()
                return .failed(
                    fail(.notTrusted(reason: unsafe String(cString: X509_verify_cert_error_string(verification)))))
            }
            return .failed(fail(.protocolFailed(reason: takeOpenSSLReason())))
        }
    }

    private func fail(_ error: TLSError) -> TLSError {
        failure = error
        return error
    }
}

/// Whether `name` is an IPv4 or IPv6 address, which SNI may not carry and certificates list apart.
private func isAddress(_ name: String) -> Bool {
    var address = in6_addr()
    return unsafe inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1
}
