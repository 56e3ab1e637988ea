package import Model
internal import Telemetry

/// All who watch one group in one dialect from one other loop: to the group a single observer, so that a frame crosses once.
///
/// A watcher's own congestion is the other loop's to notice (``RemoteGate``); it comes back as ``resume(_:)``, and the
/// watcher gets a snapshot: which frames it has missed is not known here.
package actor RemoteAudience: GroupObserver {
    nonisolated package var unownedExecutor: UnownedSerialExecutor { unsafe services.executor }

    private let services: LiveServices
    private let group: GroupActor
    nonisolated package let dialect: Dialect
    private let relay: any FrameRelay
    private var watchers: [WatcherID] = []
    /// Who could not be sent a snapshot because the relay had no room.
    private var owed: [WatcherID] = []

    /// On the group's loop.
    package init(of group: GroupActor, in dialect: Dialect = .json, through relay: any FrameRelay) {
        self.group = group
        self.dialect = dialect
        self.relay = relay
        services = group.services
    }

    package var isEmpty: Bool { watchers.isEmpty }

    /// Sends `watcher` a snapshot, and every change from then on. One that watches already gets a fresh one.
    ///
    /// - Parameter re: The `id` of the request.
    package func add(_ watcher: WatcherID, re: Int64?) throws(LiveUnavailable) {
        if watchers.isEmpty {
            let audience = self
            let watch = group.assumeIsolated { group in
                Result { () throws(LiveUnavailable) in try group.observe(audience) }
            }
            _ = try watch.get()
        }
        if !watchers.contains(watcher) {
            guard watchers.count < services.limits.watchersPerAudience else { throw .overloaded }
            watchers.append(watcher)
        }
        sendSnapshot(to: watcher, re: re)
    }

    /// Sends `watcher` nothing more. The last one to go ends the watch: the audience may then be let go.
    package func remove(_ watcher: WatcherID) {
        guard let index = watchers.firstIndex(of: watcher) else { return }
        watchers.remove(at: index)
        owed.removeAll { $0 == watcher }
        guard watchers.isEmpty else { return }
        let audience = self
        group.assumeIsolated { $0.unobserve(audience) }
    }

    /// The watcher has missed something and has room again.
    package func resume(_ watcher: WatcherID) {
        guard watchers.contains(watcher) else { return }
        sendSnapshot(to: watcher, re: nil)
    }

    /// The relay has room again.
    package func relayDrained() {
        let waiting = owed
        owed = []
        for watcher in waiting { sendSnapshot(to: watcher, re: nil) }
        guard owed.isEmpty else { return }
        let audience = self
        group.assumeIsolated { $0.drained(audience) }
    }

    nonisolated package func deliver(_ frame: [UInt8], of group: GroupID) -> Admission {
        assumeIsolated { audience in
            audience.relay.relay(
                RelayedFrame(group: group, kind: .change, frame: frame, watchers: audience.watchers))
        }
    }

    private func sendSnapshot(to watcher: WatcherID, re: Int64?) {
        let dialect = dialect
        let frame = group.assumeIsolated { $0.frame(of: $0.snapshot(), re: re, in: dialect) }
        services.meters.frames.add(1)
        let item = RelayedFrame(group: group.id, kind: .snapshot, frame: frame, watchers: [watcher])
        if relay.relay(item) == .dropped, !owed.contains(watcher) { owed.append(watcher) }
    }
}
