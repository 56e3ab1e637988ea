internal import Model

/// The readings of those who reported last, so many at most.
struct KeptReadings {
    private struct Entry {
        var reading: KeptReading
        /// Which use it was, of all.
        var use: UInt64
        var usedAt: ContinuousClock.Instant
    }

    private let limit: Int
    private var readings: [UserID: Entry] = [:]
    private var uses: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    var count: Int { readings.count }

    /// Takes one out; whoever goes on with it puts it back.
    mutating func take(_ user: UserID) -> KeptReading? { readings.removeValue(forKey: user)?.reading }

    mutating func put(_ reading: KeptReading, of user: UserID, at now: ContinuousClock.Instant = .now) {
        uses += 1
        readings[user] = Entry(reading: reading, use: uses, usedAt: now)
        guard readings.count > limit else { return }
        // A tenth at once, so that this is done seldom.
        let all = readings.values.map(\.use).sorted()
        let oldest = all[min(all.count - 1, limit / 10)]
        readings = readings.filter { $0.value.use > oldest }
    }

    /// Forgets those that were last used before `moment`.
    mutating func drop(unusedSince moment: ContinuousClock.Instant) {
        readings = readings.filter { $0.value.usedAt >= moment }
    }
}
