import Measuring

/// What several devices of one loop have done together. Confined to that loop.
final class StreamStatistics {
    /// Fixes that were sent at least once, that are acknowledged, and that the hub refuses.
    var sent = 0
    var acknowledged = 0
    var rejected = 0
    /// Fixes sent again, each time counted.
    var repeated = 0
    var messages = 0
    /// Connections beyond each device's first.
    var reconnects = 0
    /// How often the hub asked to slow down or to come back later.
    var postponed = 0
    var connected = 0
    /// From a message's sending to its acknowledgement.
    var latency = LatencyHistogram()
    /// Why the last connection was lost, for the progress line.
    var lastTrouble: String?
}
