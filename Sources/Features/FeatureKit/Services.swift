package import Model
package import Telemetry

/// What features are given.
package struct Services: Sendable {
    package let clock: any LiveClock
    package let logger: Logger
    package let metrics: MetricsRegistry

    package init(clock: any LiveClock, logger: Logger, metrics: MetricsRegistry) {
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
    }
}
