import Measuring

/// What the connections of a load have counted.
struct LoadTally: Hashable, Sendable {
    /// From the moment a request was due to the end of its answer, by kind.
    var latency = [LatencyHistogram](repeating: LatencyHistogram(), count: LoadScenario.Request.allCases.count)
    /// How late this program sent.
    var lag = LatencyHistogram()
    var sent = 0
    var answered = 0
    /// What went wrong, by status or in words.
    var errors: [String: Int] = [:]
    /// Connections that the hub closed.
    var lost = 0

    mutating func add(_ other: LoadTally) {
        for index in latency.indices { latency[index].merge(other.latency[index]) }
        lag.merge(other.lag)
        sent += other.sent
        answered += other.answered
        errors.merge(other.errors, uniquingKeysWith: +)
        lost += other.lost
    }
}
