package import Model

/// `[limits]`: how much of anything.
package struct LimitsConfiguration: Equatable, Sendable {
    package var groupSize = 20
    package var devicesPerUser = 5
    package var messageBytes = 65_536
    package var bodyBytes = 1_048_576
    package var headerBytes = 32_768
    package var batchSize = 50
    package var pendingAcks = 1_024
    package var clockSkew = Duration.seconds(60)
    package var fixAge = Duration.seconds(7 * 86_400)
    package var locationRetention = Duration.seconds(30 * 86_400)
    package var writeBehindRows = 500
    package var writeBehindDelay = Duration.milliseconds(5)
    package var writeBehindHighWater = 100_000

    package init() {}

    /// Which fixes the live routes take.
    package var fixRules: FixRules { FixRules(clockSkew: clockSkew, longestAge: fixAge) }
}
