internal import Model
internal import Synchronization
internal import Telemetry

/// Who looks at shares on this hub. Callable from any thread.
final class ShareAudience: Sendable {
    private let bells = Mutex<[UniqueID: [ShareBell]]>([:])
    private let viewers: Gauge

    init(_ metrics: MetricsRegistry) {
        viewers = metrics.gauge("hub_share_viewers", help: "Live views of shares.")
    }

    /// Lets somebody look, unless as many do as may; who is let in leaves.
    func enter(_ bell: ShareBell) -> Bool {
        bells.withLock { bells in
            guard bells.values.reduce(0, { $0 + $1.count }) < ShareLimits.viewers,
                bells[bell.share, default: []].count < ShareLimits.viewersOfShare
            else { return false }
            bells[bell.share, default: []].append(bell)
            viewers.add(1)
            return true
        }
    }

    func leave(_ bell: ShareBell) {
        bells.withLock { bells in
            guard let index = bells[bell.share]?.firstIndex(where: { $0 === bell }) else { return }
            bells[bell.share]?.remove(at: index)
            if bells[bell.share]?.isEmpty ?? false { bells[bell.share] = nil }
            viewers.add(-1)
        }
    }

    /// Has everybody stop looking at a share.
    func end(_ share: UniqueID) {
        for bell in bells.withLock({ $0[share] ?? [] }) { bell.end() }
    }
}
