internal import Configuration

/// How people's presence is told and kept.
package struct PresenceLimits: Hashable, Sendable {
    /// After the last session, until somebody counts as offline. The setting's default is 10 s.
    package var grace = Duration.seconds(10)
    /// How often the others are told of one person at most. Default 1 s.
    package var pace = Duration.seconds(1)
    /// How long what was declared, and when people were seen, waits to be written with others'. Default 500 ms.
    package var writeDelay = Duration.milliseconds(500)
    /// How often it is noted of those who stay that they were seen, so that a hub that is killed loses no more. Default 5 min.
    package var seenPeriod = Duration.seconds(300)
    /// People of whom something waits to be written. Default 100,000.
    package var capacity = 100_000

    package init() {}
}

extension PresenceLimits {
    init(_ configuration: HubConfiguration) {
        self.init()
        grace = configuration.presence.grace
    }
}
