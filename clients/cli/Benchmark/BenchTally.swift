import Measuring

/// What one loop of a load generator has counted; the tallies of all loops are added up.
struct BenchTally: Hashable, Sendable {
    /// From the moment a message was due to its receipt by each other member of the group.
    var fanout = LatencyHistogram()
    /// From the moment a message was due to its acknowledgement.
    var ack = LatencyHistogram()
    /// From the moment a message was due to its sending: the generator's own delay, which the others include.
    var lag = LatencyHistogram()
    /// Due within the measurement: messages, and fixes in them.
    var messages = 0
    var fixes = 0
    var acknowledged = 0
    /// Received within the measurement: positions of other members, and the frames they came in.
    var deliveries = 0
    var frames = 0
    var bytes = 0
    /// Answers that refused a message, by code.
    var errors: [String: Int] = [:]
    /// Connections that ended by themselves.
    var lost = 0
    var lossReason: String?

    mutating func add(_ other: BenchTally) {
        fanout.merge(other.fanout)
        ack.merge(other.ack)
        lag.merge(other.lag)
        messages += other.messages
        fixes += other.fixes
        acknowledged += other.acknowledged
        deliveries += other.deliveries
        frames += other.frames
        bytes += other.bytes
        errors.merge(other.errors, uniquingKeysWith: +)
        lost += other.lost
        lossReason = lossReason ?? other.lossReason
    }
}
