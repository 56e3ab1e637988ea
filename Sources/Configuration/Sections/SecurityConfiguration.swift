/// `[security]`: who may come from where, and how often. A rate of 0 means no limit.
package struct SecurityConfiguration: Equatable, Sendable {
    package var keyRatePerMinute = 100
    package var userRatePerMinute = 100
    package var addressRatePerMinute = 1_000
    package var adminRatePerMinute = 1_000
    package var ingestRatePerMinute = 120
    package var ingestBatchRatePerMinute = 30
    package var streamLocationsPerSecond = 10
    /// How long entries of the audit log are kept; zero is for ever.
    package var auditRetention = Duration.seconds(365 * 86_400)
    /// Origins a browser may call the API from; `*` is any.
    package var corsOrigins = ["*"]
    /// Origins a browser may open the stream from besides the hub's own; `*` is any.
    package var streamOrigins: [String] = []

    package init() {}
}
