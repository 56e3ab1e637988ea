/// When what waits is written, and how much may wait.
package struct WriteBehindLimits: Hashable, Sendable {
    /// Rows in one statement, at which it is written without waiting. Units are never split, so a larger unit goes alone.
    /// Default 500.
    package var batchRows: Int
    /// The least time between the starts of two writes of less than ``batchRows``. What comes after a quiet spell of this
    /// length is written at once; under load this is the longest a row is gathered. Default 20 ms.
    package var pace: Duration
    /// Writes in flight at the same time. Default 2.
    package var flights: Int
    /// Rows held, those in flight included, past which no more are taken. Default 100,000 for a hub, shared by its loops.
    package var highWater: Int
    /// Waits after failures that will pass. Default 50 ms … 5 s.
    package var backoff: Backoff

    package init(
        batchRows: Int = 500, pace: Duration = .milliseconds(20), flights: Int = 2, highWater: Int = 100_000,
        backoff: Backoff = Backoff()
    ) {
        self.batchRows = batchRows
        self.pace = pace
        self.flights = flights
        self.highWater = highWater
        self.backoff = backoff
    }
}
