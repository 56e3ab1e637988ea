package import Configuration
package import FeatureKit

/// Why a hub does not start: one line for whoever starts it.
package enum HubError: Error, Sendable, CustomStringConvertible {
    /// The port cannot be listened on; the reason is the system's.
    case listen(host: String, port: Int, reason: String)
    /// The certificate or its key cannot be used.
    case certificate(reason: String)
    /// What seals secrets cannot be had.
    case masterKey(MasterKeyError)
    /// The file of identity providers cannot be used.
    case identityProviders(IdentityProviderError)
    /// The database cannot be reached, or refuses the hub. Holds no password.
    case database(reason: String)
    /// The schemas cannot be brought up to date.
    case migration(reason: String)
    case privatePostgres(reason: String)
    case loop(reason: String)

    package var description: String {
        switch self {
        case .listen(let host, let port, let reason): "cannot listen on \(host) port \(port): \(reason)"
        case .certificate(let reason): "cannot use the TLS certificate: \(reason)"
        case .masterKey(let error): "\(error)"
        case .identityProviders(let error): "cannot use the providers' file: \(error)"
        case .database(let reason): "cannot use the database: \(reason)"
        case .migration(let reason): "cannot bring the database up to date: \(reason)"
        case .privatePostgres(let reason): reason
        case .loop(let reason): "cannot start an event loop: \(reason)"
        }
    }

    package var exitCode: ExitCode {
        switch self {
        case .certificate, .masterKey, .identityProviders: .configuration
        case .listen, .database, .migration, .privatePostgres, .loop: .unavailable
        }
    }
}
