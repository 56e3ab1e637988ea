/// Why the database's schema cannot be used by this hub; each is one line for whoever starts it.
package enum MigrationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The database holds a step this hub does not have: a newer hub was here.
    case unknown(area: String, number: Int, name: String)
    /// A step was applied with another text than this hub has.
    case changed(area: String, number: Int, name: String)
    /// A step failed; nothing of it was kept.
    case failed(area: String, number: Int, name: String, PostgresError)
    /// The database could not be asked.
    case database(PostgresError)

    package var description: String {
        switch self {
        case .unknown(let area, let number, let name):
            "the database has migration \(area)/\(number) (\(name)), which this hub does not know: run a newer hub"
        case .changed(let area, let number, let name):
            "migration \(area)/\(number) (\(name)) was applied with another content than this hub has"
        case .failed(let area, let number, let name, let error):
            "migration \(area)/\(number) (\(name)) failed: \(error.debugDescription)"
        case .database(let error): "the database cannot be migrated: \(error.debugDescription)"
        }
    }
}
