internal import Model

/// The readings of those who reported last, so many at most.
struct KeptReadings {
    private let limit: Int
    private var readings: [UserID: (reading: KeptReading, used: UInt64)] = [:]
    private var clock: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    var count: Int { readings.count }

    /// Takes one out; whoever goes on with it puts it back.
    mutating func take(_ user: UserID) -> KeptReading? { readings.removeValue(forKey: user)?.reading }

    mutating func put(_ reading: KeptReading, of user: UserID) {
        clock += 1
        readings[user] = (reading, clock)
        guard readings.count > limit else { return }
        // A tenth at once, so that this is done seldom.
        let uses = readings.values.map(\.used).sorted()
        let oldest = uses[min(uses.count - 1, limit / 10)]
        readings = readings.filter { $0.value.used > oldest }
    }
}
