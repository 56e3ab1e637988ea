import EventLoop
import Measuring
import Model
import TerminalText
import Wire

/// A device that sends its fixes when they are due, over as many connections as it takes, until the last one is
/// acknowledged.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
final class DeviceSession: @unchecked Sendable {
    struct Settings: Sendable {
        var queue = ResendQueue<Fix>.Limits()
        /// The time fixes gather in before they are sent together; zero at real speed.
        var gather = Duration.zero
        /// Fixes read ahead of their acknowledgement; a source is not asked for more.
        var longestBacklog = 20_000
        /// How long the hub may be away before the device gives up.
        var patience = Duration.seconds(300)
        /// The waits between attempts to connect, and after a refusal that gives no time of its own.
        var backoff = Backoff()
        /// Whether the times of acknowledged fixes are kept for a report.
        var keepsReport = false
    }

    enum Outcome: Hashable, Sendable {
        /// Everything is acknowledged, or was refused for what it is and counted.
        case completed
        /// Told to stop before the end of its source; whatever was sent is acknowledged.
        case stopped
        /// Ended with fixes unacknowledged.
        case failed(CommandFailure)
    }

    let loop: Loop
    let identity: DeviceIdentity
    /// What the hub acknowledged, in the order of the fixes: milliseconds since the epoch.
    private(set) var reported: [Int64] = []
    /// Why the hub refused a fix, the first time it did.
    private(set) var rejection: String?
    private(set) var outcome: Outcome?

    private let endpoint: HubEndpoint
    private let settings: Settings
    private let statistics: StreamStatistics
    private let onFinish: (DeviceSession) -> Void
    private var source: any FixSource
    private var upcoming: ScheduledFix?
    private var queue: ResendQueue<Fix>
    private var pace: SendPace
    private var backoff: Backoff
    private var generator = SystemRandomNumberGenerator()
    private var link: HubLink?
    private var isWelcome = false
    private var hasBeenWelcome = false
    private var sentAt: [Int: UInt64] = [:]
    private var started = LoopInstant(milliseconds: 0)
    private var lastContact = LoopInstant(milliseconds: 0)
    private var pausedUntil = LoopInstant(milliseconds: 0)
    private var goodbye: Duration?
    private var isStopping = false
    private var sendTimer: LoopTimer?
    private var dueTimer: LoopTimer?
    private var retryTimer: LoopTimer?

    /// - Parameter onFinish: Called once, with an ``outcome``.
    init(
        identity: DeviceIdentity, source: any FixSource, endpoint: HubEndpoint, settings: Settings,
        statistics: StreamStatistics, on loop: Loop, onFinish: @escaping (DeviceSession) -> Void
    ) {
        self.identity = identity
        self.source = source
        self.endpoint = endpoint
        self.settings = settings
        self.statistics = statistics
        self.loop = loop
        self.onFinish = onFinish
        backoff = settings.backoff
        queue = ResendQueue(limits: settings.queue)
        pace = SendPace(gather: settings.gather)
    }

    /// Fixes that are neither acknowledged nor refused, among those that were due.
    var openCount: Int { queue.openCount }

    /// Begins the replay: what is due at zero is due now.
    func start() {
        loop.preconditionIsolated()
        started = loop.now
        lastContact = loop.now
        upcoming = source.next()
        takeDue()
        connect()
    }

    /// Takes no more fixes from the source, and finishes when what was due is acknowledged.
    func stop() {
        guard outcome == nil, !isStopping else { return }
        isStopping = true
        upcoming = nil
        dueTimer = nil
        finishIfDone()
    }

    /// Ends now; what is not acknowledged is counted as such.
    func abandon(_ failure: CommandFailure) { finish(.failed(failure)) }

    // MARK: What is due

    private func takeDue() {
        guard outcome == nil else { return }
        let now = loop.now - started
        while let next = upcoming, next.due <= now, queue.openCount < settings.longestBacklog {
            queue.append(next.fix)
            upcoming = source.next()
        }
        // With a full backlog an acknowledgement takes the next ones.
        if let next = upcoming, queue.openCount < settings.longestBacklog {
            dueTimer = loop.schedule(after: max(.zero, next.due - now)) { [weak self] in self?.takeDue() }
        }
        sendWaiting()
    }

    private func sendWaiting() {
        guard isWelcome, let link, outcome == nil else { return }
        while true {
            let now = loop.now
            let pause = pausedUntil > now ? pausedUntil.milliseconds - now.milliseconds : 0
            let wait = max(pause, pace.wait(at: now.milliseconds))
            if wait > 0 {
                sendTimer = loop.schedule(after: .milliseconds(wait)) { [weak self] in self?.sendWaiting() }
                return
            }
            guard let batch = queue.nextBatch() else { return }
            send(batch, on: link)
            pace.didSend(at: now.milliseconds)
        }
    }

    private func send(_ batch: ResendQueue<Fix>.Batch, on link: HubLink) {
        let message: ClientMessage = batch.items.count == 1 ? .location(batch.items[0]) : .locations(batch.items)
        link.send(ClientEnvelope(id: Int64(batch.id), message))
        sentAt[batch.id] = MonotonicTime.now
        statistics.messages += 1
        if batch.isRepeat {
            statistics.repeated += batch.items.count
        } else {
            statistics.sent += batch.items.count
        }
    }

    // MARK: The connection

    private func connect() {
        guard outcome == nil else { return }
        let link = HubLink(
            to: endpoint, on: loop, onMessage: { [weak self] in self?.receive($0) },
            onEnd: { [weak self] in self?.ended($0) })
        self.link = link
        goodbye = nil
        link.open(as: identity.id)
    }

    private func ended(_ end: LinkEnd) {
        if isWelcome { statistics.connected -= 1 }
        isWelcome = false
        link = nil
        sendTimer = nil
        sentAt.removeAll(keepingCapacity: true)
        queue.connectionLost()
        guard outcome == nil else { return }
        statistics.lastTrouble = end.reason
        switch end.consequence(goodbye: goodbye) {
        case .giveUp(let failure): finish(.failed(failure))
        case .retry(let asked):
            guard loop.now - lastContact < settings.patience else {
                finish(
                    .failed(
                        CommandFailure(.unreachable, "gave up after \(Quantity.time(settings.patience)): \(end.reason)")
                    ))
                return
            }
            let wait = backoff.next(asked: asked, using: &generator)
            retryTimer = loop.schedule(after: wait) { [weak self] in self?.connect() }
        }
    }

    // MARK: What the hub says

    private func receive(_ bytes: RawSpan) {
        guard let link else { return }
        lastContact = loop.now
        let reading: PackedHubMessageDecoder.Reading
        do throws(Refusal) {
            reading = try link.read(bytes)
        } catch {
            finish(.failed(CommandFailure(.fault, "the hub sent what the protocol does not have")))
            return
        }
        // A device that watches nothing is told of no group that could be outdated.
        guard case .message(let message) = reading else { return }
        switch message {
        case .welcome(let welcome): welcomed(welcome)
        case .fixesStored(let re?, _): acknowledged(Int(re))
        case .error(let failure): refused(failure)
        case .goodbye(_, let reconnectAfter): goodbye = reconnectAfter
        default: break
        }
    }

    private func welcomed(_ welcome: HubMessage.Welcome) {
        isWelcome = true
        statistics.connected += 1
        if hasBeenWelcome { statistics.reconnects += 1 }
        hasBeenWelcome = true
        pace.perSecond = welcome.limits.locationsPerSecond
        queue.limits.batch = max(1, min(settings.queue.batch, welcome.limits.fixesPerMessage))
        takeDue()
        finishIfDone()
    }

    private func acknowledged(_ id: Int) {
        // Only an acknowledgement proves that the hub is well again; a welcome alone may be followed by a refusal.
        backoff.reset()
        if let sent = sentAt.removeValue(forKey: id) {
            statistics.latency.record(from: sent, to: MonotonicTime.now)
        }
        let wasFull = queue.openCount >= settings.longestBacklog
        guard let settled = queue.acknowledge(id) else { return }
        statistics.acknowledged += settled.items.count
        if settings.keepsReport { reported += settled.items.map(\.capturedAt.milliseconds) }
        if wasFull { takeDue() } else { sendWaiting() }
        finishIfDone()
    }

    private func refused(_ failure: HubMessage.Failure) {
        let why = PlainText.line(
            ([failure.message] + failure.details.map { "\($0.field): \($0.message)" }).joined(separator: "; "))
        guard let re = failure.re.map(Int.init) else {
            link?.forgetSent()
            statistics.lastTrouble = why
            return
        }
        sentAt[re] = nil
        switch failure.code {
        case .validationError, .invalidFormat, .payloadTooLarge, .missingField:
            if queue.refuse(re) != nil {
                statistics.rejected += 1
                rejection = rejection ?? why
            }
            sendWaiting()
            finishIfDone()
        case .unauthorized, .forbidden, .tokenExpired, .tokenInvalid, .invalidCredentials:
            finish(.failed(CommandFailure(.refused, why)))
        case let code where code?.isTransient ?? true:
            statistics.postponed += 1
            statistics.lastTrouble = why
            queue.postpone(re)
            let asked = failure.retryAfter.map { Duration.seconds($0) }
            let until = loop.now.advanced(by: backoff.next(asked: asked, using: &generator))
            pausedUntil = max(pausedUntil, until)
            sendWaiting()
        default: finish(.failed(CommandFailure(.badData, why)))
        }
    }

    // MARK: The end

    private func finishIfDone() {
        guard outcome == nil, upcoming == nil, queue.isEmpty else { return }
        finish(isStopping ? .stopped : .completed)
    }

    private func finish(_ outcome: Outcome) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        if isWelcome { statistics.connected -= 1 }
        isWelcome = false
        sendTimer = nil
        dueTimer = nil
        retryTimer = nil
        link?.close()
        link = nil
        onFinish(self)
    }
}
