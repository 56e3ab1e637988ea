/// The delays and bounds of the live state; one value for all loops.
package struct LiveLimits: Hashable, Sendable {
    /// The shortest time between two `positions` frames of one group; the first after a quiet spell goes at once.
    /// Zero sends what one turn of the loop changed at the end of that turn. Whole milliseconds, at most 10 s.
    /// Default 100 ms.
    package var tick: Duration
    /// How long a device stays in its status after its last session left. At most 10 minutes. Default 10 s.
    package var offlineGrace: Duration
    /// How long a group that nobody uses stays in memory. Default 5 minutes.
    package var idleGroup: Duration
    /// Groups in memory on one loop, those that are loading included; past it the group is unavailable unless an
    /// idle one can go. Default 100,000.
    package var groups: Int
    /// Calls that wait for one group to load; further ones are told it is unavailable. Default 256.
    package var waitingForLoad: Int
    /// Those who watch one group from its own loop, a ``RemoteAudience`` counting as one. Default 1,000.
    package var observersPerGroup: Int
    /// Those who watch one group from one other loop. Default 1,000.
    package var watchersPerAudience: Int
    /// Connected sessions of one device: the oldest gives way, because a telephone that reconnects leaves half-open
    /// ones behind. Default 4.
    package var sessionsPerDevice: Int
    /// A device's "last seen" is stored at most this often (story 2.6 asks for seconds). Default 1 s.
    package var lastSeenResolution: Duration
    /// Groups of one loop that keep their listing encoded (a few kilobytes each), those asked for last. Default 1,000.
    package var keptListings: Int

    package init(
        tick: Duration = .milliseconds(100), offlineGrace: Duration = .seconds(10), idleGroup: Duration = .seconds(300),
        groups: Int = 100_000, waitingForLoad: Int = 256, observersPerGroup: Int = 1000,
        watchersPerAudience: Int = 1000, sessionsPerDevice: Int = 4, lastSeenResolution: Duration = .seconds(1),
        keptListings: Int = 1000
    ) {
        precondition(tick >= .zero && tick <= .seconds(10), "a tick is 0 to 10 s")
        precondition(offlineGrace >= .zero && offlineGrace <= .seconds(600), "a grace is 0 to 10 minutes")
        precondition(idleGroup >= .seconds(1), "an idle group stays for a second at least")
        precondition(
            min(groups, waitingForLoad, observersPerGroup, watchersPerAudience, sessionsPerDevice, keptListings) > 0,
            "a bound is 1 or more")
        self.tick = tick
        self.offlineGrace = offlineGrace
        self.idleGroup = idleGroup
        self.groups = groups
        self.waitingForLoad = waitingForLoad
        self.observersPerGroup = observersPerGroup
        self.watchersPerAudience = watchersPerAudience
        self.sessionsPerDevice = sessionsPerDevice
        self.lastSeenResolution = lastSeenResolution
        self.keptListings = keptListings
    }
}

extension Duration {
    /// Cut to whole milliseconds.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
