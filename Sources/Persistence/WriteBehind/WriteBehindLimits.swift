/// When what waits is written, and how much may wait.
package struct WriteBehindLimits: Hashable, Sendable {
    /// Rows at which they are written without waiting. Default 500.
    package var batchRows: Int
    /// Rows in one statement at most, if that many have come while every flight was out. Units are never split, so a larger
    /// unit goes alone. At least ``batchRows``; by default ``backlogFactor`` times as many, up to ``largestBacklog``.
    package var backlogRows: Int
    /// The least time between the starts of two writes of less than ``batchRows``. What comes after a quiet spell of this
    /// length is written at once, if no write is in flight; a row is gathered as long as one is, but no longer than
    /// ``pacesBeside`` times this. Default 20 ms.
    package var pace: Duration
    /// Writes in flight at the same time: more than one of full batches, or beside one that hangs. Default 2.
    package var flights: Int
    /// Rows held, those in flight included, past which no more are taken. Default 100,000 for a hub, shared by its loops.
    package var highWater: Int
    /// Waits after failures that will pass. Default 50 ms … 5 s.
    package var backoff: Backoff

    /// Who is behind writes more at a time: the more rows of one device are in a statement, the less each costs Postgres, and
    /// the fewer acknowledgements are sent alone (ADR 57).
    package static let backlogFactor = 4
    /// While a write is in flight, so many paces from its start a batch that is not full is written beside it. What gathers
    /// until then costs less, and Postgres does not do two small batches at once where it could do one (ADR 57).
    package static let pacesBeside = 10
    /// Some 2 MB of parameters.
    package static let largestBacklog = 10_000

    package init(
        batchRows: Int = 500, backlogRows: Int? = nil, pace: Duration = .milliseconds(20), flights: Int = 2,
        highWater: Int = 100_000, backoff: Backoff = Backoff()
    ) {
        self.batchRows = batchRows
        self.backlogRows = max(
            batchRows,
            backlogRows ?? min(WriteBehindLimits.backlogFactor * batchRows, WriteBehindLimits.largestBacklog))
        self.pace = pace
        self.flights = flights
        self.highWater = highWater
        self.backoff = backoff
    }
}
