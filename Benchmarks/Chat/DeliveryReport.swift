import Measuring

/// What became of every message.
struct DeliveryReport: Sendable {
    let settings: ChatSettings
    let tally: ChatTally
    let records: [ConversationRecord]
    /// By record, the messages as REST lists them.
    let listed: [[MessageName?]]
    /// How long nobody served, each time the hub was killed.
    let absences: [Duration]
    /// How often it should have been.
    let kills: Int
    let seconds: Double
    let isSettled: Bool
    private let faults: [RecordFault: Int]

    /// The longest that a message may take in 99 of 100 cases, in microseconds.
    static let bound: UInt64 = 60_000

    init(
        settings: ChatSettings, tally: ChatTally, records: [ConversationRecord], listed: [[MessageName?]],
        absences: [Duration], kills: Int, seconds: Double, isSettled: Bool
    ) {
        self.settings = settings
        self.tally = tally
        self.records = records
        self.listed = listed
        self.absences = absences
        self.kills = kills
        self.seconds = seconds
        self.isSettled = isSettled
        faults = zip(records, listed).reduce(into: [:]) { sum, pair in
            sum.merge(pair.0.faults(listed: pair.1), uniquingKeysWith: +)
        }
    }

    /// Whether every message was acknowledged, reached everybody once and in order, and is listed so. How long it took is
    /// for whoever reads the figures: it depends on the machine.
    var isSound: Bool {
        isSettled && faults.isEmpty && tally.faults.isEmpty && absences.count == kills
            && records.reduce(0) { $0 + $1.composed } == listed.reduce(0) { $0 + $1.count }
    }

    var lines: [String] {
        let composed = records.reduce(0) { $0 + $1.composed }
        let reached = records.reduce(0) { sum, record in sum + record.ledgers.reduce(0) { $0 + $1.log.count } }
        var lines = [
            "\(Figures.grouped(settings.users)) people in \(Figures.grouped(settings.conversations)) conversations of "
                + "\(settings.members), \(Figures.decimal(settings.rate, 0)) messages/s, "
                + "\(Figures.decimal(seconds, 0)) s",
            "sent      \(Figures.grouped(composed)) messages in \(Figures.grouped(tally.written)) sendings, "
                + "\(Figures.grouped(tally.sentAgain)) of them again; \(Figures.grouped(tally.acknowledged)) acknowledged",
            "reached   \(Figures.grouped(reached)) of \(Figures.grouped(composed * settings.members)): "
                + "\(Figures.grouped(tally.live)) others' live, \(Figures.grouped(tally.paged)) others' in pages "
                + "(\(Figures.grouped(records.reduce(0) { $0 + $1.overlaps })) both ways while catching up)",
            "listed    \(Figures.grouped(listed.reduce(0) { $0 + $1.count })) messages over REST",
            "cut off   \(Figures.grouped(tally.aborted)) clients by themselves, "
                + "\(Figures.grouped(tally.ended.values.reduce(0, +))) by the hub's end; "
                + "\(Figures.grouped(tally.connections)) connections made, \(Figures.grouped(tally.byTicket)) tickets, "
                + "\(Figures.grouped(tally.refreshed)) tokens refreshed, \(tally.signedInAgain) signed in again",
            killLine,
        ]
        if !tally.ended.isEmpty { lines.append("ended     \(Figures.counts(tally.ended))") }
        if !tally.unopened.isEmpty { lines.append("unopened  \(Figures.counts(tally.unopened))") }
        if !tally.refusals.isEmpty { lines.append("refused   \(Figures.counts(tally.refusals)), all sent again") }
        lines.append("send lag  \(Figures.percentiles(tally.lag))")
        lines.append("ack       \(Figures.percentiles(tally.ack.reduce(into: LatencyHistogram()) { $0.merge($1) }))")
        lines.append("delivery  \(Figures.percentiles(tally.delivery))")
        lines.append(
            "          the p99 is \(tally.delivery.percentile(99) < Self.bound ? "under" : "not under") "
                + "\(Figures.latency(Self.bound)); of messages that were sent once, to members whose connection had "
                + "caught up before and lasted: the hub was up all the while")
        for (fault, count) in tally.faults { lines.append("WRONG     \(Figures.grouped(count)) \(fault.description)") }
        for (fault, count) in faults { lines.append("WRONG     \(Figures.grouped(count)) \(fault.description)") }
        if !isSettled { lines.append("WRONG     not everybody had everything after two minutes") }
        if absences.count < kills { lines.append("WRONG     the hub was killed \(absences.count) times, not \(kills)") }
        lines.append(
            isSound
                ? "every message was acknowledged and reached every member once, in order, without gaps, as it is listed"
                : "not every message is where it belongs")
        return lines
    }

    private var killLine: String {
        guard let longest = absences.max() else { return "killed    the hub never" }
        let sum = absences.reduce(Duration.zero, +)
        return "killed    the hub \(absences.count) times, away for "
            + "\(Figures.decimal(sum / .seconds(1) / Double(absences.count), 2)) s on average, "
            + "\(Figures.decimal(longest / .seconds(1), 2)) s at most"
    }
}
