import CGnuTLS

/// A client that trusts anybody and does what ``TLSSession`` never would.
final class RawTLSClient {
    private let session: gnutls_session_t
    private let credentials: gnutls_certificate_credentials_t

    init(_ descriptor: Int32, versions: String = "+VERS-TLS1.3") throws {
        var session: gnutls_session_t?
        var credentials: gnutls_certificate_credentials_t?
        guard gnutls_init(&session, UInt32(GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL)) == 0,
            gnutls_certificate_allocate_credentials(&credentials) == 0, let session, let credentials,
            gnutls_priority_set_direct(session, "NORMAL:-VERS-ALL:\(versions)", nil) == 0
        else { throw HandshakeFailed() }
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials))
        gnutls_transport_set_int2(session, descriptor, descriptor)
        self.session = session
        self.credentials = credentials
    }

    deinit {
        gnutls_deinit(session)
        gnutls_certificate_free_credentials(credentials)
    }

    /// - Parameter server: Lets the other side go on.
    func shakeHands(with server: () -> Void) throws {
        for _ in 0..<20 {
            let code = gnutls_handshake(session)
            server()
            if code == GNUTLS_E_SUCCESS { return }
            guard code == GNUTLS_E_AGAIN else { throw HandshakeFailed() }
        }
        throw HandshakeFailed()
    }

    /// Changes its key, and asks the peer to do so (RFC 8446, section 4.6.3); false if it cannot now.
    func askForAnotherKey() -> Bool {
        gnutls_session_key_update(session, UInt32(GNUTLS_KU_PEER)) == GNUTLS_E_SUCCESS
    }

    /// Sends an alert that ends nothing; false if the socket is full.
    func warn() -> Bool { gnutls_alert_send(session, GNUTLS_AL_WARNING, GNUTLS_A_USER_CANCELED) == GNUTLS_E_SUCCESS }

    /// What has arrived.
    func receive(upTo count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // A ticket or a new key gives nothing.
        for _ in 0..<3 {
            let read = gnutls_record_recv(session, &bytes, count)
            if read > 0 { return Array(bytes.prefix(read)) }
        }
        return []
    }
}
