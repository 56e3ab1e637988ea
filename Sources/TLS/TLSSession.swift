internal import CGnuTLS
internal import Glibc

/// TLS on one connected, non-blocking descriptor, which stays its owner's to watch and to close.
///
/// The descriptor is read with recv(2) and written with sendmsg(2), which raises no SIGPIPE.
///
/// `@unchecked Sendable`: confined to one thread at a time, which is why it may be sent. The loop that owns the descriptor makes every call, and
/// a session that moves to another loop moves together with it. It owns no buffer of a record while it is idle.
@safe package final class TLSSession: @unchecked Sendable {
    /// What a peer may send without a byte of the application's among it, in bytes, before the handshake is done or after.
    /// GnuTLS itself gathers a message of the protocol's own of up to 16 MiB, from anybody, before it looks at its length,
    /// and takes any number of warnings.
    private static let protocolAllowance = 131_072

    private let pointer: gnutls_session_t
    private let descriptor: Int32
    /// What is left of ``protocolAllowance``.
    private var allowance = TLSSession.protocolAllowance
    /// Whether the peer's side of the connection has ended, with or without a word.
    private var sawEnd = false
    /// Whether the kernel took only a part of a record, whose rest GnuTLS keeps.
    private var isHalfSent = false
    /// Credentials, priorities and ticket key are the context's.
    private let context: TLSContext
    /// What GnuTLS compares with the peer's certificate; it keeps a pointer to it.
    private var demands: UnsafeMutableRawPointer?
    private var isEstablished = false
    /// After a fatal error GnuTLS is asked for nothing more than to tell the peer.
    private var failure: TLSError?

    /// The server's side of `descriptor`.
    package init(accepting descriptor: Int32, context: TLSContext) throws(TLSError) {
        unsafe pointer = try TLSSession.make(context, GNUTLS_SERVER)
        self.descriptor = descriptor
        self.context = context
        attach()
        // Tickets carry the state, so nothing is kept for sessions that may never return.
        if var key = unsafe context.ticketKey {
            unsafe try TLSSession.check(gnutls_session_ticket_enable_server(pointer, &key))
        }
        // A client that offers other protocols only is refused (RFC 7301, section 3.2); one without ALPN is never asked.
        unsafe try TLSSession.check(CGnuTLS_offer_http(pointer, GNUTLS_ALPN_MANDATORY.rawValue))
    }

    /// The client's side of `descriptor`.
    ///
    /// - Parameter serverName: The host name or address that was connected to. A verifying context checks that the
    ///   certificate names it; a host name also goes out as SNI. Without one, a verifying context checks the chain alone.
    package init(connecting descriptor: Int32, context: TLSContext, serverName: String?) throws(TLSError) {
        unsafe pointer = try TLSSession.make(context, GNUTLS_CLIENT | GNUTLS_NO_TICKETS)
        self.descriptor = descriptor
        self.context = context
        attach()
        unsafe try TLSSession.check(CGnuTLS_offer_http(pointer, 0))
        if let serverName, !isAddress(serverName) {
            let length = serverName.utf8.count
            unsafe try TLSSession.check(gnutls_server_name_set(pointer, GNUTLS_NAME_DNS, serverName, length))
        }
        guard context.verifiesPeer else { return }
        unsafe demands = CGnuTLS_verify_server(pointer, serverName)
        guard unsafe demands != nil else { throw .setupFailed(reason: "no memory") }
    }

    private static func check(_ code: Int32) throws(TLSError) {
        guard code >= 0 else { throw .setupFailed(reason: reason(code)) }
    }

    private static func make(_ context: TLSContext, _ role: Int32) throws(TLSError) -> gnutls_session_t {
        var session: gnutls_session_t?
        var code = unsafe gnutls_init(&session, UInt32(role | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL))
        guard code >= 0, let session = unsafe session else { throw .setupFailed(reason: reason(code)) }
        unsafe code = gnutls_priority_set(session, context.priorities)
        if code >= 0 {
            unsafe code = gnutls_credentials_set(
                session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(context.credentials))
        }
        guard code >= 0 else {
            unsafe gnutls_deinit(session)
            throw .setupFailed(reason: reason(code))
        }
        return unsafe session
    }

    /// Has GnuTLS write the descriptor, and ask here for what it reads: it may come from any thread, one at a time, and
    /// never after this object, which ends the session.
    private func attach() {
        unsafe gnutls_transport_set_ptr2(
            pointer, Unmanaged.passUnretained(self).toOpaque(), UnsafeMutableRawPointer(bitPattern: Int(descriptor)))
        unsafe gnutls_transport_set_pull_function(pointer) { session, buffer, count in
            guard let session = unsafe session else { return 0 }
            return unsafe Unmanaged<TLSSession>.fromOpaque(session).takeUnretainedValue().pull(into: buffer, count)
        }
    }

    /// As recv(2), and EMSGSIZE for a peer that has used up its allowance.
    private func pull(into buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        guard allowance > 0 else {
            errno = EMSGSIZE
            return -1
        }
        let received = unsafe recv(descriptor, buffer, min(count, allowance), 0)
        if received == 0 { sawEnd = true }
        allowance -= max(0, received)
        return received
    }

    deinit {
        unsafe gnutls_deinit(pointer)
        unsafe free(demands)
    }

    /// The version agreed on, once the handshake is done.
    package var version: TLSVersion? {
        guard isEstablished else { return nil }
        switch unsafe gnutls_protocol_get_version(pointer) {
        case GNUTLS_TLS1_2: return .tls12
        case GNUTLS_TLS1_3: return .tls13
        default: return nil
        }
    }

    /// Whether decrypted bytes wait here: the descriptor will not become readable for them, so a reader that paused must
    /// call ``read(into:)`` when it goes on, until this is false or the descriptor is watched again.
    package var hasBufferedInput: Bool { unsafe gnutls_record_check_pending(pointer) > 0 }

    /// Goes on with the handshake as far as the descriptor allows; once done it stays done.
    package func handshake() -> TLSProgress {
        if let failure { return .failed(failure) }
        if isEstablished { return .done }
        let code = unsafe gnutls_handshake(pointer)
        guard code != GNUTLS_E_SUCCESS else {
            isEstablished = true
            allowance = TLSSession.protocolAllowance
            return .done
        }
        switch outcome(of: code) {
        case .wantsRead: return .wantsRead
        case .wantsWrite: return .wantsWrite
        case .truncated: return .failed(fail(.truncated))
        case .failed(let error):
            tellPeer(of: code)
            return .failed(error)
        }
    }

    /// Sends the alert that says why this side gives up (RFC 8446, section 6.2), if there is room for it in the kernel.
    private func tellPeer(of code: Int32) {
        guard code != GNUTLS_E_PULL_ERROR || allowance == 0, code != GNUTLS_E_PUSH_ERROR else { return }
        unsafe gnutls_alert_send_appropriate(pointer, code)
    }

    /// Decrypts what has arrived into `buffer`, which must not be empty; does the handshake first if that is not done.
    package func read(into buffer: UnsafeMutableRawBufferPointer) -> TLSReadResult {
        unsafe precondition(!buffer.isEmpty, "a read needs room")
        if let failure { return failure == .truncated ? .truncated : .failed(failure) }
        guard isEstablished else { return unsafe readAfterHandshake(into: buffer) }
        let count = unsafe gnutls_record_recv(pointer, buffer.baseAddress, buffer.count)
        if count > 0 {
            allowance = TLSSession.protocolAllowance
            return .bytes(count)
        }
        if count == 0 { return .closed }
        switch outcome(of: Int32(count)) {
        case .wantsRead: return .wantsRead
        case .wantsWrite: return .wantsWrite
        case .truncated:
            _ = fail(.truncated)
            return .truncated
        case .failed(let error):
            tellPeer(of: Int32(count))
            return .failed(error)
        }
    }

    private func readAfterHandshake(into buffer: UnsafeMutableRawBufferPointer) -> TLSReadResult {
        switch handshake() {
        case .done: unsafe read(into: buffer)
        case .wantsRead: .wantsRead
        case .wantsWrite: .wantsWrite
        case .failed(.truncated): .truncated
        case .failed(let error): .failed(error)
        }
    }

    /// Encrypts and sends from the beginning of `bytes`, one record at most; does the handshake first if that is not done.
    ///
    /// After ``TLSWriteResult/wantsWrite`` or ``TLSWriteResult/wantsRead`` the next call must begin with the same bytes
    /// and offer at least as many, at whatever address: the record may already be half sent.
    package func write(_ bytes: UnsafeRawBufferPointer) -> TLSWriteResult {
        if let failure { return .failed(failure) }
        guard unsafe !bytes.isEmpty else { return .bytes(0) }
        if !isEstablished {
            switch handshake() {
            case .done: break
            case .wantsRead: return .wantsRead
            case .wantsWrite: return .wantsWrite
            case .failed(let error): return .failed(error)
            }
        }
        // Of a record that the kernel took a part of, GnuTLS keeps the rest, encrypted. Given nothing it sends that, and
        // answers with the length that the record was made of. Given the bytes again, it would send them twice if the
        // peer has asked for another key meanwhile; given nothing it then finishes the record and does not tell how long it
        // was, so that the connection cannot go on.
        let count =
            unsafe isHalfSent
            ? gnutls_record_send(pointer, nil, 0) : gnutls_record_send(pointer, bytes.baseAddress, bytes.count)
        if count >= 0 {
            isHalfSent = false
            return .bytes(count)
        }
        switch outcome(of: Int32(count)) {
        case .wantsRead:
            isHalfSent = true
            return .wantsRead
        case .wantsWrite:
            isHalfSent = true
            return .wantsWrite
        case .truncated: return .failed(fail(.system(ECONNRESET)))  // for it is said of an end that comes while writing
        case .failed(let error): return .failed(error)
        }
    }

    /// Tells the peer that nothing more will be written; what it still sends may be read until ``TLSReadResult/closed``.
    /// Before the handshake is done, and after a failure, there is nobody to tell: that is ``TLSProgress/done`` too.
    package func sendCloseNotify() -> TLSProgress {
        guard failure == nil, isEstablished else { return .done }
        let code = unsafe gnutls_bye(pointer, GNUTLS_SHUT_WR)
        guard code != GNUTLS_E_SUCCESS else { return .done }
        switch outcome(of: code) {
        case .wantsRead: return .wantsRead
        case .wantsWrite: return .wantsWrite
        case .truncated: return .failed(fail(.system(ECONNRESET)))
        case .failed(let error): return .failed(error)
        }
    }

    private enum Outcome {
        case wantsRead
        case wantsWrite
        case truncated
        case failed(TLSError)
    }

    /// What a call that did not succeed means; to be asked right after it, before anything touches `errno`.
    private func outcome(of code: Int32) -> Outcome {
        let number = CGnuTLS_errno()
        switch code {
        case GNUTLS_E_AGAIN, GNUTLS_E_INTERRUPTED:
            return unsafe gnutls_record_get_direction(pointer) == 0 ? .wantsRead : .wantsWrite
        // Warnings change nothing (RFC 5246, section 7.2.2). What follows makes the descriptor readable, or has.
        case GNUTLS_E_WARNING_ALERT_RECEIVED: return .wantsRead
        case GNUTLS_E_PREMATURE_TERMINATION: return .truncated
        case GNUTLS_E_INVALID_REQUEST where isHalfSent:
            return .failed(fail(.protocolFailed(reason: "another key was asked for in the middle of a record")))
        // In the middle of a record.
        case GNUTLS_E_UNEXPECTED_PACKET_LENGTH where sawEnd: return .truncated
        case GNUTLS_E_PULL_ERROR where allowance == 0:
            return .failed(fail(.protocolFailed(reason: "too many bytes without any of the application's")))
        case GNUTLS_E_PUSH_ERROR, GNUTLS_E_PULL_ERROR: return .failed(fail(.system(number)))
        case GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR: return .failed(fail(.notTrusted(reason: distrust())))
        // Asking to shake hands anew is refused, with the connection: it is of no use here, and costs a server much.
        case GNUTLS_E_REHANDSHAKE: return .failed(fail(.protocolFailed(reason: "renegotiation is refused")))
        case GNUTLS_E_FATAL_ALERT_RECEIVED:
            let name = unsafe gnutls_alert_get_name(gnutls_alert_get(pointer)).map { unsafe String(cString: $0) }
            return .failed(fail(.protocolFailed(reason: "the peer's alert: \(name ?? "unknown")")))
        default: return .failed(fail(.protocolFailed(reason: reason(code))))
        }
    }

    /// Why the peer's certificate was not taken.
    private func distrust() -> String {
        var text = unsafe gnutls_datum_t()
        let status = unsafe gnutls_session_get_verify_cert_status(pointer)
        guard unsafe gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) >= 0,
            let characters = unsafe text.data
        else { return "status \(status)" }
        defer { unsafe CGnuTLS_free(characters) }
        let bytes = unsafe UnsafeBufferPointer(start: characters, count: Int(text.size))
        var words = unsafe Substring(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        let preface = "The certificate is NOT trusted. "  // which the error says itself
        if words.hasPrefix(preface), words.count > preface.count { words.removeFirst(preface.count) }
        while words.last?.isWhitespace == true { words.removeLast() }
        return String(words)
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
