import Actors
import Model

/// The other end of a relay: a bounded mailbox, and sessions of another loop behind their gates.
///
/// Confined to one thread: every method is called by whoever moves the loop.
final class RemoteLoop: FrameRelay, @unchecked Sendable {
    struct Remote {
        let watcher: any ShowingObserver
        var gate = RemoteGate()
    }

    let capacity: Int
    private(set) var remotes: [WatcherID: Remote] = [:]
    private(set) var crossings = 0
    private var mailbox: [RelayedFrame] = []
    private(set) var isFull = false
    private let log: FrameLog

    init(capacity: Int, log: FrameLog) {
        self.capacity = capacity
        self.log = log
    }

    func relay(_ frame: RelayedFrame) -> Admission {
        guard mailbox.count < capacity else {
            isFull = true
            return .dropped
        }
        crossings += 1
        mailbox.append(frame)
        if mailbox.count == capacity { isFull = true }
        return isFull ? .congested : .accepted
    }

    func add(_ id: WatcherID, _ dialect: Dialect = .json) -> Watcher {
        let watcher = Watcher(log, dialect)
        remotes[id] = Remote(watcher: watcher)
        return watcher
    }

    func addPacked(_ id: WatcherID) -> PackedWatcher {
        let watcher = PackedWatcher()
        remotes[id] = Remote(watcher: watcher)
        return watcher
    }

    func remove(_ id: WatcherID) { remotes[id] = nil }

    /// Hands over up to `count` frames, as the other loop does in one of its turns.
    func receive(_ count: Int = .max) {
        for frame in mailbox.prefix(count) {
            for id in frame.watchers {
                guard var remote = remotes[id] else { continue }
                defer { remotes[id] = remote }
                guard remote.gate.admits(frame.kind) else { continue }
                remote.gate.sent(frame.kind, remote.watcher.deliver(frame.frame, of: frame.group))
            }
        }
        mailbox.removeFirst(min(count, mailbox.count))
    }

    /// A session has room again.
    func drained(_ id: WatcherID) -> RemoteGate.Action {
        guard var remote = remotes[id] else { return .nothing }
        remote.watcher.isStalled = false
        defer { remotes[id] = remote }
        return remote.gate.drained()
    }

    /// Whether the relay has become empty after it was full; the owner then tells the audience.
    func takeRelief() -> Bool {
        guard isFull, mailbox.isEmpty else { return false }
        isFull = false
        return true
    }
}
