/// Keeps a device's messages below the hub's limit, and lets fixes gather between two of them. Knows no clock.
struct SendPace: Hashable, Sendable {
    /// Messages in any second; 0 for no limit. From the hub's welcome.
    var perSecond = 0
    /// The shortest time between two messages, in milliseconds, so that fixes gather into batches.
    let gather: UInt64
    private var sent: [UInt64] = []

    init(gather: Duration) { self.gather = UInt64(max(0, gather / .milliseconds(1))) }

    /// How long to wait, in milliseconds, before the next message may go at `now`; 0 for not at all.
    func wait(at now: UInt64) -> UInt64 {
        var ready: UInt64 = 0
        if let last = sent.last { ready = last + gather }
        // A tenth more than a second: the hub's clock and ours tick apart.
        if perSecond > 0, sent.count >= perSecond { ready = max(ready, sent[sent.count - perSecond] + 1100) }
        return ready > now ? ready - now : 0
    }

    mutating func didSend(at now: UInt64) {
        sent.append(now)
        if sent.count > max(perSecond, 1) * 2 { sent.removeFirst(sent.count - max(perSecond, 1)) }
    }
}
