internal import Persistence

/// How a job says that it could not do what it was to do. Any other error counts as one that trying again may cure.
package enum JobFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Trying again will not help; a queued job becomes a dead letter at once. One line, fit for a log.
    case permanent(String)
    /// Not yet; a queued job is tried again after that time instead of its backoff's. One line, fit for a log.
    case notYet(String, after: Duration)

    package var description: String {
        switch self {
        case .permanent(let reason), .notYet(let reason, _): reason
        }
    }
}

/// What is told of an error: in the log, in the tables and in `hubd jobs`.
enum JobFault {
    /// In characters.
    static let longest = 300

    /// One line without SQL, values or positions: an error's `description` is made to be shown, that of Postgres holds no
    /// more than the SQLSTATE; an error without a description says only what it is.
    static func describe(_ error: any Error) -> String {
        let text = (error as? any CustomStringConvertible)?.description ?? String(reflecting: type(of: error))
        let line = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
        return line.count <= longest ? String(line) : String(line.prefix(longest - 1)) + "…"
    }
}
