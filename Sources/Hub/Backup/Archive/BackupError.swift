/// Why a backup was not made or not restored; one line for the operator. Whatever it is, nothing has changed.
package enum BackupError: Error, Equatable, CustomStringConvertible {
    /// The file is not what was written: cut off, changed, or mixed up.
    case damaged(String)
    /// It is no backup of a hub.
    case foreign
    case newerFormat(Int64)
    /// The backup has a step of the schema that this hub does not have.
    case newerSchema(String, hub: String)
    /// The backup's schema has the same step with another content.
    case otherSchema(String)
    /// The database holds no hub's schema: there is nothing to back up.
    case noHub
    /// Postgres, or its programs, are older than the backup's.
    case olderPostgres(backup: Int, here: Int)
    /// The target holds data and `--force` is not given.
    case notEmpty(String)
    /// A hub runs on the target.
    case running(String)
    case file(operation: String, path: String, reason: String)
    /// What Postgres or one of its programs says.
    case postgres(String)
    /// What was restored is not what was backed up.
    case differs(table: String, expected: String, found: String)

    package var description: String {
        switch self {
        case .damaged(let how): "the backup is damaged: \(how)"
        case .foreign: "this is no backup of a hub"
        case .newerFormat(let format): "the backup has format \(format), which this hub does not know: use a newer hub"
        case .newerSchema(let step, let hub):
            "the backup is of hub \(hub) and has migration \(step), which this hub does not know: use a newer hub"
        case .otherSchema(let step): "the backup has another migration \(step) than this hub"
        case .noHub: "the database holds no hub's data"
        case .olderPostgres(let backup, let here):
            "the backup is of Postgres \(backup), here is \(here): install postgresql-\(backup) or newer"
        case .notEmpty(let what): "\(what) holds data; --force replaces it"
        case .running(let what): "a hub runs on \(what): stop it first"
        case .file(let operation, let path, let reason): "cannot \(operation) \(path): \(reason)"
        case .postgres(let reason): reason
        case .differs(let table, let expected, let found):
            "\(table) has \(found) where the backup has \(expected)"
        }
    }
}
