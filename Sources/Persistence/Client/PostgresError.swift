/// Why Postgres did not do what it was asked.
package enum PostgresError: Error, Hashable, Sendable {
    /// No connection could be had, or the one in use broke. What was in flight may or may not have happened.
    ///
    /// The text is one line for the log; it may name hosts and paths.
    case connectionLost(String)
    /// No answer within the time the caller gave. It may or may not have happened.
    case timedOut
    /// More queries wait than may wait; this one was not sent.
    case overloaded
    /// The connection or the pool was closed by its owner.
    case closed
    /// Postgres answered with an error. Its primary message names columns and constraints; details, which could repeat
    /// a row's values, are never read.
    case server(SQLState, message: String, constraint: String?)

    /// Whether the same statement may well succeed later.
    package var isTransient: Bool {
        switch self {
        case .connectionLost, .timedOut, .overloaded: true
        case .closed: false
        case .server(let state, _, _): state.isTransient
        }
    }

    /// The SQLSTATE, if it was Postgres that objected.
    package var sqlState: SQLState? {
        if case .server(let state, _, _) = self { state } else { nil }
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    /// For people outside: neither SQL nor paths.
    package var description: String {
        switch self {
        case .connectionLost: "the database cannot be reached"
        case .timedOut: "the database did not answer in time"
        case .overloaded: "too many database requests are waiting"
        case .closed: "the database connection is closed"
        case .server(let state, _, _): "the database refused (\(state))"
        }
    }

    /// For the log, in one line.
    package var debugDescription: String {
        switch self {
        case .connectionLost(let reason): "connection lost: \(reason)"
        case .server(let state, let message, let constraint):
            "\(state): \(message)" + (constraint.map { " [\($0)]" } ?? "")
        case .timedOut, .overloaded, .closed: description
        }
    }
}
