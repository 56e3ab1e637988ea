package import Model
package import Persistence
package import Telemetry

/// What the scheduled jobs of features are given.
package struct JobServices: Sendable {
    package let clock: any LiveClock
    package let logger: Logger
    package let database: Database
    /// How long raw locations are kept; whole days, one at least.
    package let locationRetention: Duration
    /// How long entries of the audit log are kept; whole days, zero for ever.
    package let auditRetention: Duration

    package init(
        clock: any LiveClock, logger: Logger, database: Database, locationRetention: Duration,
        auditRetention: Duration = .zero
    ) {
        self.clock = clock
        self.logger = logger
        self.database = database
        self.locationRetention = locationRetention
        self.auditRetention = auditRetention
    }
}
