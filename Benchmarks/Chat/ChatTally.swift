import Measuring

/// What the members of a load have counted.
struct ChatTally: Sendable {
    /// Messages that were composed.
    var composed = 0
    /// Messages that were written to a connection, those sent again included.
    var written = 0
    var sentAgain = 0
    var acknowledged = 0
    /// Messages that reached another member as they happened, and in pages.
    var live = 0
    var paged = 0
    /// From the moment a message could first be sent to its acknowledgement, by ``ChatSettings/phases``.
    var ack = [LatencyHistogram](repeating: LatencyHistogram(), count: 3)
    /// From the same moment until another member has it, where both were connected all the time and it was sent once.
    var delivery = LatencyHistogram()
    /// How late this program sent.
    var lag = LatencyHistogram()
    var faults: [LedgerFault: Int] = [:]
    /// What the hub refused, by code; all of it was sent again.
    var refusals: [String: Int] = [:]

    var connections = 0
    var aborted = 0
    /// Connections that ended otherwise, by why.
    var ended: [String: Int] = [:]
    /// Connections that did not come about, by why.
    var unopened: [String: Int] = [:]
    var byTicket = 0
    var refreshed = 0
    var signedInAgain = 0

    mutating func add(_ other: ChatTally) {
        composed += other.composed
        written += other.written
        sentAgain += other.sentAgain
        acknowledged += other.acknowledged
        live += other.live
        paged += other.paged
        for index in ack.indices { ack[index].merge(other.ack[index]) }
        delivery.merge(other.delivery)
        lag.merge(other.lag)
        faults.merge(other.faults, uniquingKeysWith: +)
        refusals.merge(other.refusals, uniquingKeysWith: +)
        connections += other.connections
        aborted += other.aborted
        ended.merge(other.ended, uniquingKeysWith: +)
        unopened.merge(other.unopened, uniquingKeysWith: +)
        byTicket += other.byTicket
        refreshed += other.refreshed
        signedInAgain += other.signedInAgain
    }
}
