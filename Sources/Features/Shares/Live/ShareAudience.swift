internal import EventLoop
internal import Model
internal import Synchronization
internal import Telemetry

/// Who looks at shares on this hub. Callable from any thread.
final class ShareAudience: Sendable {
    /// What became of somebody who wants to look.
    enum Entry: Hashable, Sendable {
        case admitted
        /// As many look as may, at this share or at all.
        case full
        /// As many look from this address as may.
        case tooManyOfAddress
    }

    private struct State {
        var bells: [UniqueID: [ShareBell]] = [:]
        /// All of them.
        var count = 0
        /// How many of them are from an address.
        var addresses: [IPAddress: Int] = [:]
        /// How many views a group rings.
        var observed: [GroupID: Int] = [:]
    }

    private let state = Mutex(State())
    private let viewers: Gauge

    init(_ metrics: MetricsRegistry) {
        viewers = metrics.gauge("hub_share_viewers", help: "Live views of shares.")
    }

    /// Lets somebody look, unless as many do as may; who is let in leaves.
    func enter(_ bell: ShareBell) -> Entry {
        state.withLock { state in
            guard state.addresses[bell.address, default: 0] < ShareLimits.viewersOfAddress else {
                return .tooManyOfAddress
            }
            guard state.count < ShareLimits.viewers,
                state.bells[bell.share, default: []].count < ShareLimits.viewersOfShare
            else { return .full }
            state.bells[bell.share, default: []].append(bell)
            state.addresses[bell.address, default: 0] += 1
            state.count += 1
            viewers.add(1)
            return .admitted
        }
    }

    /// Harmless for who is not in.
    func leave(_ bell: ShareBell) {
        state.withLock { state in
            guard let index = state.bells[bell.share]?.firstIndex(where: { $0 === bell }) else { return }
            state.bells[bell.share]?.remove(at: index)
            if state.bells[bell.share]?.isEmpty ?? false { state.bells[bell.share] = nil }
            let rest = state.addresses[bell.address, default: 1] - 1
            state.addresses[bell.address] = rest > 0 ? rest : nil
            state.count -= 1
            viewers.add(-1)
        }
    }

    /// Takes one of the places among a group's observers that views may have.
    ///
    /// - Returns: Whether there was one, which is then given back.
    func takePlace(in group: GroupID) -> Bool {
        state.withLock { state in
            guard state.observed[group, default: 0] < ShareLimits.observersOfGroup else { return false }
            state.observed[group, default: 0] += 1
            return true
        }
    }

    /// Gives a place back that was taken.
    func givePlaceBack(in group: GroupID) {
        state.withLock { state in
            let rest = state.observed[group, default: 1] - 1
            state.observed[group] = rest > 0 ? rest : nil
        }
    }

    /// Has everybody stop looking at a share.
    func end(_ share: UniqueID) {
        for bell in state.withLock({ $0.bells[share] ?? [] }) { bell.end() }
    }
}
