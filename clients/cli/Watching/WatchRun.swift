import EventLoop
import Glibc
import Model
import TerminalText
import Wire

/// A watcher of one group, over as many connections as it takes, until it is told to end.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
final class WatchRun: @unchecked Sendable {
    enum Form: Sendable {
        /// A table that is redrawn in place, below a map or without one.
        case screen(isColoured: Bool, hasMap: Bool)
        /// A line for each change.
        case lines
        /// Each message of the hub as a line of JSON.
        case json
    }

    let loop: Loop
    private let endpoint: HubEndpoint
    private let form: Form
    /// Messages after which to end.
    private let count: Int?
    private let length: Duration?
    private let patience: Duration
    private var screen: WatchScreen
    private var link: HubLink?
    /// Whether a snapshot was asked for that has not come yet.
    private var isAsking = false
    private var goodbye: Duration?
    private var backoff = Backoff()
    private var generator = SystemRandomNumberGenerator()
    private var lastContact = LoopInstant(milliseconds: 0)
    private var signals: [SignalWatcher] = []
    private var timers: [LoopTimer] = []
    private var retryTimer: LoopTimer?
    private var drawTimer: LoopTimer?
    private var isDrawingDue = false
    private var onEnd: ((CommandFailure?) -> Void)?

    init(
        group: GroupID, endpoint: HubEndpoint, form: Form, count: Int?, length: Duration?, patience: Duration,
        on loop: Loop
    ) {
        self.endpoint = endpoint
        self.form = form
        self.count = count
        self.length = length
        self.patience = patience
        self.loop = loop
        screen = WatchScreen(model: WatchModel(group: group), link: .connecting, messages: 0)
        if case .screen(_, hasMap: true) = form { screen.showsMap = true }
    }

    /// Watches until the end, and stops the loop; why, if something went wrong. Call it off the loop.
    func run() async -> CommandFailure? {
        let failure = await withCheckedContinuation { continuation in
            loop.execute { self.start { continuation.resume(returning: $0) } }
        }
        // By the turn in which the loop stops the Close has left.
        await loop.stop()
        return failure
    }

    private func start(_ onEnd: @escaping (CommandFailure?) -> Void) {
        self.onEnd = onEnd
        lastContact = loop.now
        for signal in [SIGINT, SIGTERM] { watch(signal) { [weak self] in self?.finish(nil) } }
        if let length { timers.append(loop.schedule(after: length) { [weak self] in self?.finish(nil) }) }
        if case .screen = form {
            Output.text(Terminal.enterScreen)
            watch(SIGWINCH) { [weak self] in self?.draw() }
            // Ages grow by themselves.
            timers.append(loop.schedule(after: .zero, every: .seconds(1)) { [weak self] in self?.draw() })
        }
        connect()
    }

    private func watch(_ signal: Int32, _ onSignal: @escaping () -> Void) {
        if let watcher = try? SignalWatcher(signal, on: loop, onSignal) { signals.append(watcher) }
    }

    private func connect() {
        guard onEnd != nil else { return }
        goodbye = nil
        isAsking = false
        let link = HubLink(
            to: endpoint, on: loop, onMessage: { [weak self] in self?.receive($0) },
            onEnd: { [weak self] in self?.lost($0) })
        self.link = link
        link.open(as: nil)
    }

    private func lost(_ end: LinkEnd) {
        guard onEnd != nil else { return }
        switch end.consequence(goodbye: goodbye) {
        case .giveUp(let failure): finish(failure)
        case .retry(let asked):
            guard loop.now - lastContact < patience else {
                return finish(CommandFailure(.unreachable, "gave up after \(Quantity.time(patience)): \(end.reason)"))
            }
            screen.link = .lost(end.reason)
            if case .screen = form { draw() } else { Output.note("hubctl: \(end.reason); connecting again") }
            let wait = backoff.next(asked: asked, using: &generator)
            retryTimer = loop.schedule(after: wait) { [weak self] in self?.connect() }
        }
    }

    private func receive(_ bytes: RawSpan) {
        guard let link else { return }
        lastContact = loop.now
        let reading: PackedHubMessageDecoder.Reading
        do throws(Refusal) {
            reading = try link.read(bytes)
        } catch {
            return finish(CommandFailure(.fault, "the hub sent what the protocol does not have"))
        }
        guard case .message(let message) = reading else {
            // It builds on something that never came; a snapshot says how things stand.
            if !isAsking { watchGroup() }
            return
        }
        switch message {
        case .welcome: watchGroup()
        case .snapshot:
            isAsking = false
            backoff.reset()
            screen.link = .live
        case .goodbye(_, let reconnectAfter): goodbye = reconnectAfter
        case .error(let failure):
            let code: ExitCode = failure.code == .forbidden || failure.code == .unauthorized ? .refused : .badData
            if failure.code?.isTransient != true {
                return finish(CommandFailure(code, PlainText.line(failure.message)))
            }
            isAsking = true
            let wait = failure.retryAfter.map { Duration.seconds($0) } ?? backoff.next(using: &generator)
            retryTimer = loop.schedule(after: wait) { [weak self] in self?.watchGroup() }
        default: break
        }
        let now = WallClock.now
        let changed = screen.model.apply(message, at: now)
        if screen.showsMap { screen.trails.take(screen.model.members) }
        screen.messages += 1
        show(message, bytes, changed, now)
        if let count, screen.messages >= count { finish(nil) }
    }

    private func watchGroup() {
        isAsking = true
        link?.send(ClientEnvelope(id: 1, .watch(screen.model.group)))
    }

    private func show(_ message: HubMessage, _ bytes: RawSpan, _ changed: [DeviceID], _ now: Timestamp) {
        switch form {
        case .screen: drawSoon()
        case .json:
            var line = message.json(received: bytes)
            for index in line.indices where line[index] == 10 || line[index] == 13 { line[index] = 32 }
            line.append(10)
            Output.raw(line)
        case .lines:
            let hubTime = now.advanced(by: screen.model.clockOffset)
            for device in changed {
                if let member = screen.model.members[device] { Output.line(WatchScreen.line(member, now: hubTime)) }
            }
        }
    }

    /// At most twenty times a second, however much happens.
    private func drawSoon() {
        guard !isDrawingDue else { return }
        isDrawingDue = true
        drawTimer = loop.schedule(after: .milliseconds(50)) { [weak self] in self?.draw() }
    }

    private func draw() {
        isDrawingDue = false
        guard onEnd != nil, case .screen(let isColoured, _) = form else { return }
        let lines = screen.lines(size: Terminal.size(STDOUT_FILENO), now: WallClock.now, isColoured: isColoured)
        Output.text(Terminal.frame(lines))
    }

    private func finish(_ failure: CommandFailure?) {
        guard let onEnd else { return }
        self.onEnd = nil
        if case .screen = form { Output.text(Terminal.leaveScreen) }
        for signal in signals { signal.stop() }
        timers = []
        drawTimer = nil
        retryTimer = nil
        link?.close()
        onEnd(failure)
    }
}
