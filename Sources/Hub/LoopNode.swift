internal import Actors
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Telemetry
internal import WebSocket
internal import Wire

/// What one loop has of everything that there is one a loop of.
///
/// Confined to its loop: references may be held anywhere, what is not constant is touched on `loop` only.
final class LoopNode: @unchecked Sendable {
    let loop: Loop
    let directory: LiveDirectory
    let journal: LocationJournal
    let keys: KeyRing
    /// May change while it serves; sessions that are open take what they look up each time.
    var settings: StreamSettings
    let clock: any LiveClock
    let decoder: ClientMessageDecoder
    let packedDecoder: PackedClientMessageDecoder
    let log: Logger
    let live: LiveMap
    private(set) var crossing: LoopCrossing?
    /// Who hears of the sessions; set once, before it serves.
    var services: [any StreamService] = []

    /// The sessions of this loop; each knows its place.
    private(set) var sessions: [StreamSession] = []
    /// How many sessions there are on all loops together.
    let sessionGauge: Gauge
    /// While there is tracing.
    let tracer: LoopTracer?
    /// Which groups users may watch, and whose devices they may speak as.
    let visibility: Visibility
    let meters = StreamMeters()
    /// Location messages that a device may send in a second; 0 for any number. Changes when limits do.
    var locationsPerSecond: Int
    /// Messages refused for it, on all loops together.
    let refusedLocations: Counter
    /// Sessions to look at again soon, because they missed something or cannot be written.
    private var behind: [StreamSession] = []
    private var recheck: LoopTimer?
    /// Set when the hub stops: no session begins any more.
    private(set) var isStopping = false
    /// Where replies are encoded.
    private var text: [UInt8] = []
    /// Compresses what is no group's.
    private lazy var deflater = FrameDeflater(.stream)
    private var generator = SystemRandomNumberGenerator()

    init(
        loop: Loop, directory: LiveDirectory, journal: LocationJournal, keys: KeyRing,
        settings: StreamSettings, clock: any LiveClock, decoder: ClientMessageDecoder, live: LiveMap, log: Logger,
        sessionGauge: Gauge, locationsPerSecond: Int, refusedLocations: Counter, tracer: LoopTracer? = nil,
        visibility: Visibility = Visibility()
    ) {
        self.tracer = tracer
        self.visibility = visibility
        self.loop = loop
        self.directory = directory
        self.journal = journal
        self.keys = keys
        self.settings = settings
        self.clock = clock
        self.decoder = decoder
        packedDecoder = PackedClientMessageDecoder(decoder)
        self.live = live
        self.log = log
        self.sessionGauge = sessionGauge
        self.locationsPerSecond = locationsPerSecond
        self.refusedLocations = refusedLocations
    }

    /// Tells the node of the others; once, before it serves.
    func join(_ nodes: [LoopNode]) { crossing = LoopCrossing(of: self, nodes: nodes) }

    // MARK: Sessions

    func add(_ session: StreamSession) -> Int {
        sessions.append(session)
        sessionGauge.add(1)
        meters.sessions(of: session.dialect).add(1)
        return sessions.count - 1
    }

    /// - Returns: The session that has taken the place at `index`, if another one.
    func removeSession(at index: Int) -> StreamSession? {
        if index < sessions.count { meters.sessions(of: sessions[index].dialect).add(-1) }
        let last = sessions.removeLast()
        sessionGauge.add(-1)
        guard index < sessions.count else { return nil }
        sessions[index] = last
        return last
    }

    /// Says goodbye to every session. They reconnect over a few seconds, not all at once.
    func sayGoodbye(_ reason: String) {
        isStopping = true
        let spread = max(1000, sessions.count / 2)
        for session in sessions {
            let wait = Duration.milliseconds(500 + Int.random(in: 0..<spread, using: &generator))
            session.sayGoodbye(reason, reconnectAfter: wait)
        }
    }

    /// Ends, at once, what has not closed by itself.
    func abortSessions() {
        for session in sessions { session.abort() }
    }

    /// The keys that sessions were opened with.
    var keysInUse: Set<APIKeyID> { Set(sessions.compactMap(\.credential.key)) }

    /// The sign-ins that sessions were opened with.
    var signInsInUse: Set<SignInID> { Set(sessions.compactMap(\.credential.signIn)) }

    /// Closes the sessions that were opened with credentials of which `isOver` says so.
    func endSessions(where isOver: (Credential) -> Bool) {
        for session in sessions where isOver(session.credential) { session.credentialsRevoked() }
    }

    /// The memberships by which users watch groups.
    var membershipsInUse: Set<Membership> {
        var memberships: Set<Membership> = []
        for session in sessions {
            guard let user = session.user else { continue }
            for group in session.watches.keys { memberships.insert(Membership(of: user.id, in: group)) }
        }
        return memberships
    }

    /// Sends nothing more of a group to those who are in it no longer.
    func endWatches(of departed: Departed) {
        for session in sessions where session.user.map({ departed.includes($0.id) }) ?? false {
            session.endWatches { departed.includes($0) }
        }
    }

    /// Runs `work` on the loop: at once if the caller is there. Any thread.
    func enter(_ work: @escaping @Sendable () -> Void) {
        if loop.isCurrent { work() } else { loop.execute(work) }
    }

    /// Has the session looked at again shortly: a queue that empties within its turn reports no drain.
    func recheckSoon(_ session: StreamSession) {
        behind.append(session)
        guard recheck == nil else { return }
        recheck = loop.schedule(after: settings.recheck) { [weak self] in
            guard let self else { return }
            recheck = nil
            let waiting = behind
            behind = []
            for session in waiting { session.catchUp() }
        }
    }

    /// A whole frame for many sessions, compressed where they take it compressed.
    func frame(of text: [UInt8], in dialect: Dialect) -> [UInt8] {
        switch dialect {
        case .json: PreparedFrame(text: text).bytes
        case .deflated: deflater.deflated(PreparedFrame(text: text)).bytes
        case .packed: PreparedFrame(binary: text).bytes
        }
    }

    /// A reply, written into a buffer that is used again.
    func frame(in dialect: Dialect, _ write: (inout [UInt8]) -> Void) -> PreparedFrame {
        text.removeAll(keepingCapacity: true)
        write(&text)
        return switch dialect {
        case .json, .deflated: PreparedFrame(text: text)
        case .packed: PreparedFrame(binary: text)
        }
    }
}
