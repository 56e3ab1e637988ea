/// Bounds and paces of one hub's journals.
package struct JournalLimits: Hashable, Sendable {
    package var writeBehind: WriteBehindLimits
    /// How long one write may take before it is given up and tried again. Default 30 s.
    package var writeTimeout: Duration
    /// Between two writes of when devices were last seen. Default 5 s.
    package var lastSeenPeriod: Duration
    /// Devices in one such write. Default 1000.
    package var lastSeenBatch: Int
    /// Devices whose last sighting may wait, per loop. Default 100,000.
    package var lastSeenCapacity: Int
    /// Whether fixes are written at all. Without, a fix is acknowledged when it is taken, nobody subscribed hears of it, and
    /// only sightings are kept. Default `true`.
    package var storesFixes = true

    package init(
        writeBehind: WriteBehindLimits = WriteBehindLimits(), writeTimeout: Duration = .seconds(30),
        lastSeenPeriod: Duration = .seconds(5), lastSeenBatch: Int = 1000, lastSeenCapacity: Int = 100_000
    ) {
        self.writeBehind = writeBehind
        self.writeTimeout = writeTimeout
        self.lastSeenPeriod = lastSeenPeriod
        self.lastSeenBatch = lastSeenBatch
        self.lastSeenCapacity = lastSeenCapacity
    }

    /// The bounds of one of `count` journals that share those of a hub.
    package func share(of count: Int) -> JournalLimits {
        var share = self
        share.writeBehind.highWater = max(1, writeBehind.highWater / max(1, count))
        return share
    }
}
