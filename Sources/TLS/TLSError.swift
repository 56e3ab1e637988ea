internal import CGnuTLS

/// Why a context could not be made or a session broke. Safe to log: texts are GnuTLS's, and never hold key material.
package enum TLSError: Error, Equatable, Sendable {
    /// The certificate chain's file is missing, unreadable or no PEM.
    case certificateUnreadable(file: String, reason: String)
    /// The private key's file is missing, unreadable, no PEM, or protected by a pass phrase.
    case keyUnreadable(file: String, reason: String)
    /// The key does not belong to the chain's first certificate.
    case keyMismatch(keyFile: String, certificateFile: String)
    /// The file of trusted certificates is missing, unreadable or no PEM.
    case authorityUnreadable(file: String, reason: String)
    /// GnuTLS refused to make a context or a session: no memory, or a system policy that forbids our settings.
    case setupFailed(reason: String)
    /// The peer's certificate is not trusted, has expired or names another host.
    case notTrusted(reason: String)
    /// The peer broke the protocol, offered nothing we accept, or sent an alert.
    case protocolFailed(reason: String)
    /// The connection ended without a close_notify, so what came before it may be cut short.
    case truncated
    /// The descriptor failed; the value is `errno`.
    case system(Int32)
}

extension TLSError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .certificateUnreadable(let file, let reason): "cannot read the TLS certificate \(file): \(reason)"
        case .keyUnreadable(let file, let reason): "cannot read the TLS key \(file): \(reason)"
        case .keyMismatch(let key, let certificate): "the TLS key \(key) does not belong to \(certificate)"
        case .authorityUnreadable(let file, let reason): "cannot read the trusted certificates \(file): \(reason)"
        case .setupFailed(let reason): "TLS could not be set up: \(reason)"
        case .notTrusted(let reason): "the peer's certificate is not trusted: \(reason)"
        case .protocolFailed(let reason): "TLS failed: \(reason)"
        case .truncated: "the connection ended without a TLS close_notify"
        case .system(let code): "the connection failed, errno \(code)"
        }
    }
}

/// What a code of GnuTLS says in words.
func reason(_ code: Int32) -> String {
    unsafe gnutls_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
}
