/// Why the private Postgres could not be started; each is one line for whoever starts the hub.
package enum PrivatePostgresError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another hub runs on this data directory.
    case inUse(directory: String)
    /// No `initdb` and `postgres` were found.
    case notInstalled
    /// The files were written by a major version that is not installed.
    case otherVersion(directory: String, files: String, installed: [Int])
    /// The hub runs as root, which Postgres refuses to do, and there is no user `postgres` to run it as.
    case noUser
    /// The user Postgres runs as cannot get to the data directory.
    case unreachable(directory: String, user: String)
    /// A file or directory could not be made or read.
    case file(operation: String, path: String, reason: String)
    /// `initdb` failed; the reason is its own.
    case initialization(reason: String)
    /// Postgres ended, or did not accept connections in time; the reason is from its log.
    case start(reason: String)

    package var description: String {
        switch self {
        case .inUse(let directory): "the data directory \(directory) is in use by another hub"
        case .notInstalled:
            "no Postgres is installed (apt-get install postgresql), and no database URL is given (HUB__DATABASE__URL)"
        case .otherVersion(let directory, let files, let installed):
            "\(directory) holds files of Postgres \(files), but installed is "
                + installed.map(String.init).joined(separator: ", ")
                + ": install postgresql-\(files), or dump and restore"
        case .noUser: "Postgres does not run as root, and there is no user \"postgres\": start the hub as another user"
        case .unreachable(let directory, let user):
            "the user \"\(user)\" that Postgres runs as cannot enter \(directory): choose another data directory or chmod o+x"
        case .file(let operation, let path, let reason): "cannot \(operation) \(path): \(reason)"
        case .initialization(let reason): "the private Postgres cannot be made: \(reason)"
        case .start(let reason): "the private Postgres does not start: \(reason)"
        }
    }
}
