internal import Actors
internal import EventLoop
internal import FeatureKit
internal import Model

/// How the sessions of one loop watch groups of others, and the other way round. What crosses is gathered a turn and
/// wakes the other loop once (`LoopInbox`).
///
/// Confined to its loop: references may be held anywhere, methods are called on `node.loop` unless they say otherwise.
final class LoopCrossing: @unchecked Sendable {
    private unowned let node: LoopNode
    private let nodes: [LoopNode]

    // The watchers' side.
    private var watches: [WatcherID: RemoteWatch] = [:]
    private var lastID: UInt64 = 0

    // The groups' side: one audience for each group, dialect and loop that watches it.
    private var audiences: [AudienceKey: RemoteAudience] = [:]
    private var relays: [Int: LoopRelay] = [:]
    /// Whom the other loops want admitted or have: a group may be loaded after its watcher has gone.
    private var wanted: Set<DistantWatcher> = []

    /// Frames on their way to this loop.
    private let inbox: LoopInbox<RelayedFrame>

    private struct RemoteWatch {
        let session: StreamSession
        let group: GroupID
        var gate = RemoteGate()
        /// Whether a snapshot was asked for that has not come yet.
        var isAsked = true
    }

    /// A watcher as the groups' side knows it: identifiers are the watcher's loop's own.
    private struct DistantWatcher: Hashable {
        let id: WatcherID
        let loop: Int
    }

    fileprivate struct AudienceKey: Hashable {
        let group: GroupID
        let dialect: Dialect
        let loop: Int
    }

    init(of node: LoopNode, nodes: [LoopNode]) {
        self.node = node
        self.nodes = nodes
        inbox = LoopInbox(on: node.loop, capacity: node.settings.mailboxItems) { [unowned node] frame in
            node.crossing?.receive(frame)
        }
    }

    /// Frames on their way to this loop. Any thread.
    var mailboxDepth: Int { inbox.depth }

    // MARK: The watchers' side

    /// Watches a group of another loop for `session`, which gets a snapshot first.
    func watch(_ group: GroupID, for session: StreamSession, re: Int64?) -> WatcherID {
        lastID += 1
        let id = WatcherID(lastID)
        watches[id] = RemoteWatch(session: session, group: group)
        let (home, own, dialect) = (home(of: group), node, session.dialect)
        home.loop.execute {
            home.crossing?.admit(id, to: group, in: dialect, from: own.loop.index, re: re) { failure in
                own.loop.execute { session.watchFailed(group, id, re: re, failure) }
            }
        }
        return id
    }

    /// Sends the session a fresh snapshot.
    ///
    /// - Returns: False if one is on its way already, beside which there is no other, however fast a client asks.
    func refresh(_ id: WatcherID, re: Int64?) -> Bool {
        guard let watch = watches[id], !watch.isAsked else { return false }
        watches[id]?.isAsked = true
        let (home, own) = (home(of: watch.group), node)
        let (group, session, dialect) = (watch.group, watch.session, watch.session.dialect)
        home.loop.execute {
            home.crossing?.admit(id, to: group, in: dialect, from: own.loop.index, re: re) { failure in
                own.loop.execute { session.watchFailed(group, id, re: re, failure) }
            }
        }
        return true
    }

    func unwatch(_ id: WatcherID) {
        guard let watch = watches.removeValue(forKey: id) else { return }
        let (home, own) = (home(of: watch.group), node.loop.index)
        let key = AudienceKey(group: watch.group, dialect: watch.session.dialect, loop: own)
        home.loop.execute { home.crossing?.dismiss(id, from: key) }
    }

    /// The session has room again.
    func drained(_ id: WatcherID) {
        guard let action = watches[id]?.gate.drained(), action == .askForSnapshot, let watch = watches[id] else {
            return
        }
        let (home, own) = (home(of: watch.group), node.loop.index)
        let key = AudienceKey(group: watch.group, dialect: watch.session.dialect, loop: own)
        home.loop.execute { home.crossing?.resume(id, in: key) }
    }

    private func receive(_ item: RelayedFrame) {
        for id in item.watchers {
            if item.kind == .snapshot { watches[id]?.isAsked = false }
            guard let session = watches[id]?.session, watches[id]?.gate.admits(item.kind) == true else { continue }
            let admission = session.deliver(item.frame, of: item.group)
            watches[id]?.gate.sent(item.kind, admission)
        }
    }

    private func home(of group: GroupID) -> LoopNode { nodes[node.live.loop(of: group).index] }

    // MARK: The groups' side

    private func admit(
        _ id: WatcherID, to group: GroupID, in dialect: Dialect, from loop: Int, re: Int64?,
        onFailure: @escaping @Sendable (LiveUnavailable) -> Void
    ) {
        let watcher = DistantWatcher(id: id, loop: loop)
        wanted.insert(watcher)
        node.directory.assumeIsolated { directory in
            directory.find(group) { [self] found in
                guard wanted.contains(watcher) else { return }
                do throws(LiveUnavailable) {
                    let key = AudienceKey(group: group, dialect: dialect, loop: loop)
                    try admit(id, to: try found.get(), key, re: re)
                } catch {
                    onFailure(error)
                }
            }
        }
    }

    private func admit(
        _ id: WatcherID, to group: GroupActor, _ key: AudienceKey, re: Int64?
    ) throws(LiveUnavailable) {
        let audience =
            audiences[key] ?? RemoteAudience(of: group, in: key.dialect, through: relay(to: key.loop))
        audiences[key] = audience
        let result = audience.assumeIsolated { audience in
            Result { () throws(LiveUnavailable) in try audience.add(id, re: re) }
        }
        forgetIfEmpty(key)
        try result.get()
    }

    private func dismiss(_ id: WatcherID, from key: AudienceKey) {
        wanted.remove(DistantWatcher(id: id, loop: key.loop))
        audiences[key]?.assumeIsolated { $0.remove(id) }
        forgetIfEmpty(key)
    }

    private func resume(_ id: WatcherID, in key: AudienceKey) {
        audiences[key]?.assumeIsolated { $0.resume(id) }
    }

    private func forgetIfEmpty(_ key: AudienceKey) {
        if audiences[key]?.assumeIsolated({ $0.isEmpty }) == true { audiences[key] = nil }
    }

    private func relay(to loop: Int) -> LoopRelay {
        if let relay = relays[loop] { return relay }
        guard let target = nodes[loop].crossing else { preconditionFailure("the loops have not been joined") }
        let relay = LoopRelay(to: target.inbox, on: node.loop) { [weak self] group in
            for dialect in Dialect.allCases {
                let key = AudienceKey(group: group, dialect: dialect, loop: loop)
                self?.audiences[key]?.assumeIsolated { $0.relayDrained() }
            }
        }
        relays[loop] = relay
        return relay
    }
}

/// The way to another loop's inbox, and who waits for room there.
///
/// Confined to its loop: references may be held anywhere, methods are called on `loop`.
private final class LoopRelay: FrameRelay, @unchecked Sendable {
    private let inbox: LoopInbox<RelayedFrame>
    private let loop: Loop
    private let onRoom: (GroupID) -> Void
    private var waiting: Set<GroupID> = []
    private var timer: LoopTimer?
    /// How often a full inbox is looked at.
    private static let interval = Duration.milliseconds(10)

    init(to inbox: LoopInbox<RelayedFrame>, on loop: Loop, onRoom: @escaping (GroupID) -> Void) {
        self.inbox = inbox
        self.loop = loop
        self.onRoom = onRoom
    }

    func relay(_ frame: RelayedFrame) -> Admission {
        if inbox.send(frame) { return .accepted }
        waiting.insert(frame.group)
        if timer == nil {
            timer = loop.schedule(after: LoopRelay.interval, every: LoopRelay.interval) { [weak self] in self?.look() }
        }
        return .dropped
    }

    private func look() {
        guard inbox.depth < inbox.capacity / 2 else { return }
        timer = nil
        let groups = waiting
        waiting = []
        for group in groups { onRoom(group) }
    }
}
