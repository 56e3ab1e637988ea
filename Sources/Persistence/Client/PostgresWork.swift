internal import EventLoop

/// What became of a unit of work: one result a statement.
package typealias PostgresOutcome = Result<[PostgresResult], PostgresError>

/// One unit of work in flight: statements between two synchronization points, which Postgres commits together or not
/// at all. Confined to its connection's loop.
final class PostgresWork {
    enum Kind {
        case queries
        /// Prepares the statement of that name.
        case preparation(PostgresStatement)
        /// Several statements in one text, outside pipelined mode.
        case script
    }

    let kind: Kind
    let deadline: LoopInstant
    /// Emptied once it has been called: after that, the answers are only read away.
    var completion: ((PostgresOutcome) -> Void)?
    /// The first statement of the unit, to name it in the log.
    let statement: PostgresStatement?
    var results: [PostgresResult] = []
    var error: PostgresError?
    /// When the connection is given up because a cancelled unit does not end.
    var abandonAt: LoopInstant?

    private let start = ContinuousClock.now
    /// Hears how long it took; nobody of a preparation.
    private let meters: PostgresMeters?

    init(
        kind: Kind, deadline: LoopInstant, statement: PostgresStatement?, meters: PostgresMeters? = nil,
        completion: ((PostgresOutcome) -> Void)?
    ) {
        self.meters = meters
        self.kind = kind
        self.deadline = deadline
        self.statement = statement
        self.completion = completion
    }

    /// Whether its caller has been told that it took too long.
    var isExpired: Bool { completion == nil && error == .timedOut }

    func complete(_ outcome: PostgresOutcome) {
        guard let completion else { return }
        self.completion = nil
        meters?.note(outcome, of: statement, after: ContinuousClock.now - start)
        completion(outcome)
    }

    func expire() {
        error = .timedOut
        complete(.failure(.timedOut))
    }
}
