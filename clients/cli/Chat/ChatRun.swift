import EventLoop
import Glibc
import Model
import TerminalText

/// A chat in one conversation, over as many connections as it takes, until the person leaves or the input ends.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
final class ChatRun: @unchecked Sendable {
    struct Settings: Sendable {
        var conversation: String
        var ownId: String
        var ownName: String
        /// Before the line that is written.
        var prompt: String
        /// The newest number of the history.
        var last: Int64 = 0
        /// The newest change when it was read.
        var newestChange: Int64?
        /// Whether it goes on after the end of input.
        var follows = false
        /// Whether lines of a pipe may be commands.
        var readsCommands = false
        /// Whether what is shown counts as read.
        var marksRead = false
        /// How long the hub may be away.
        var patience = Duration.seconds(300)
        /// Ends it by itself.
        var length: Duration?
        /// How long what is under way at the end may take.
        var farewell = Duration.seconds(1)
        /// Where lines or keys come from.
        var input: Int32 = STDIN_FILENO
        /// The waits between attempts to connect.
        var backoff = Backoff()
    }

    let loop: Loop
    let settings: Settings
    let api: PersonAPI
    let screen: ChatScreen
    private let endpoint: HubEndpoint
    var session: ChatSession
    var editor = LineEditor()
    var typing = TypingNotice()
    var terminal: RawTerminal?
    var input: LineInput?
    var link: HubLink?
    private var goodbye: Duration?
    private var backoff: Backoff
    private var generator = SystemRandomNumberGenerator()
    private var lastContact = LoopInstant(milliseconds: 0)
    private var trouble: String?
    private var hasRenewed = false
    /// Whether it ends as soon as everything is sent.
    var isEnding = false
    private var refusedCount = 0
    /// Questions to the hub that are not answered yet.
    var asking = 0
    /// Lines of the input that are neither stored nor refused yet.
    var unsettled = 0
    private var isFlushDue = false
    private var status = ""
    private var signals: [SignalWatcher] = []
    private var timers: [LoopTimer] = []
    private var retryTimer: LoopTimer?
    private var pauseTimer: LoopTimer?
    private var readTimer: LoopTimer?
    private var onEnd: ((CommandFailure?) -> Void)?

    init(settings: Settings, screen: ChatScreen, endpoint: HubEndpoint, on loop: Loop) {
        self.settings = settings
        self.screen = screen
        self.endpoint = endpoint
        self.loop = loop
        backoff = settings.backoff
        api = PersonAPI(target: endpoint.target, isSilent: true)
        session = ChatSession(
            conversation: settings.conversation, ownId: settings.ownId, ownName: settings.ownName, last: settings.last,
            newestChange: settings.newestChange)
    }

    /// Chats until the end; why, if something went wrong. Call it off the loop.
    ///
    /// The loop is stopped when what is under way has ended, for stopping would strand it. What takes longer than
    /// ``Settings/farewell`` is left to the end of the program.
    func run() async -> CommandFailure? {
        let failure = await withCheckedContinuation { continuation in
            loop.execute { self.start { continuation.resume(returning: $0) } }
        }
        let isIdle = await withCheckedContinuation { continuation in
            loop.execute { self.settle { continuation.resume(returning: $0) } }
        }
        if isIdle { await loop.stop() }
        return failure
    }

    /// Waits until nothing is under way, or has been for too long; says which.
    private func settle(_ onSettled: @escaping (Bool) -> Void) {
        let deadline = loop.now.advanced(by: settings.farewell)
        func look() {
            let isIdle = asking == 0 && link?.isConnecting != true
            guard isIdle || loop.now >= deadline else {
                timers = [loop.schedule(after: .milliseconds(5)) { look() }]
                return
            }
            timers = []
            // By the end of this turn the Close has left.
            loop.atEndOfTurn { onSettled(isIdle) }
        }
        look()
    }

    private func start(_ onEnd: @escaping (CommandFailure?) -> Void) {
        self.onEnd = onEnd
        lastContact = loop.now
        if screen.form == .terminal {
            do throws(CommandFailure) {
                terminal = try RawTerminal(
                    settings.input, on: loop, onKeys: { [weak self] in self?.take($0) },
                    onHangUp: { [weak self] in self?.finish(nil) })
            } catch {
                return finish(error)
            }
            watch(SIGWINCH) { [weak self] in self?.screen.flush() }
            watch(SIGCONT) { [weak self] in self?.goOn() }
            timers.append(loop.schedule(after: .seconds(1), every: .seconds(1)) { [weak self] in self?.redraw() })
        } else {
            input = LineInput(settings.input, on: loop) { [weak self] line in self?.take(line: line) }
            input?.start()
        }
        for signal in [SIGINT, SIGTERM, SIGHUP] { watch(signal) { [weak self] in self?.interrupt() } }
        if let length = settings.length {
            timers.append(loop.schedule(after: length) { [weak self] in self?.interrupt() })
        }
        // The sign-in is used, so it must not lapse while nothing but the stream is.
        timers.append(
            loop.schedule(after: .seconds(300), every: .seconds(300)) { [weak self] in
                self?.ask({ (api) throws(CommandFailure) in _ = try api.target.renewed() }, then: { _, _ in })
            })
        connect()
        redraw()
    }

    private func watch(_ signal: Int32, _ onSignal: @escaping () -> Void) {
        if let watcher = try? SignalWatcher(signal, on: loop, onSignal) { signals.append(watcher) }
    }

    // MARK: The connection

    private func connect(rejecting rejected: String? = nil) {
        guard onEnd != nil else { return }
        goodbye = nil
        let link = HubLink(
            to: endpoint, on: loop, onMessage: { [weak self] in self?.receive($0) },
            onEnd: { [weak self] in self?.lost($0) })
        self.link = link
        link.open(as: nil, rejecting: rejected)
    }

    private func lost(_ end: LinkEnd) {
        guard onEnd != nil else { return }
        let token = link?.token
        link = nil
        pauseTimer = nil
        session.disconnected()
        typing.disconnected()
        if end.isAboutCredentials, !hasRenewed {
            hasRenewed = true
            return connect(rejecting: token)
        }
        switch end.consequence(goodbye: goodbye) {
        case .giveUp(let failure): return finish(failure)
        case .retry(let asked):
            guard loop.now - lastContact < settings.patience else {
                return finish(
                    CommandFailure(.unreachable, "gave up after \(Quantity.time(settings.patience)): \(end.reason)"))
            }
            if trouble == nil { screen.showLink(end.reason) }
            trouble = end.reason
            let wait = backoff.next(asked: asked, using: &generator)
            retryTimer = loop.schedule(after: wait) { [weak self] in self?.connect() }
        }
        redraw()
    }

    private func receive(_ bytes: RawSpan) {
        lastContact = loop.now
        let event: ChatEvent
        do throws(CommandFailure) {
            event = try ChatEvent(bytes)
        } catch {
            return finish(error)
        }
        switch event {
        case .goodbye(_, let milliseconds): goodbye = .milliseconds(max(0, milliseconds))
        case .typing(let conversation, let userId, let isTyping):
            if conversation == session.conversation {
                typing.take(userId, isTyping: isTyping, at: loop.now.milliseconds)
            }
        case .message(_, let message):
            if let sender = message.fromId { typing.take(sender, isTyping: false, at: loop.now.milliseconds) }
        default: break
        }
        let wasLive = session.isLive
        perform(session.take(event))
        if session.isLive, !wasLive {
            backoff.reset()
            hasRenewed = false
            trouble = nil
            screen.showLink(nil)
            if settings.marksRead { markRead() }
        }
        endIfDone()
        redraw()
    }

    // MARK: What the session decides

    func perform(_ actions: [ChatSession.Action]) {
        for action in actions where onEnd != nil { perform(action) }
    }

    func perform(_ action: ChatSession.Action) {
        switch action {
        case .send(let request): link?.send(text: Array(request.json.text.utf8))
        case .show(let messages):
            screen.show(messages)
            if settings.marksRead { markRead() }
        case .showChanged(let message): screen.showChanged(message)
        case .showDeleted(let seq): screen.showDeleted(seq)
        case .showReaction(let seq, let emoji, let userId, let added):
            screen.showReaction(seq, emoji, userId, added: added)
        case .showRefused(let letter, let reason):
            refusedCount += 1
            screen.showRefused(letter, reason)
        case .showRead(let userId, let seq): screen.showRead(userId, seq)
        case .typing(let userId, let isTyping): screen.showTyping(userId, isTyping)
        case .presence(let userId, let status, let note): screen.showPresence(userId, status, note)
        case .reload: reload()
        case .fetchChanges(let since): fetchChanges(since)
        case .pause(let seconds):
            let wait = seconds.map { Duration.seconds(min($0, 3600)) } ?? backoff.next(using: &generator)
            pauseTimer = loop.schedule(after: wait) { [weak self] in
                guard let self else { return }
                perform(session.resume())
                redraw()
            }
        case .end(let failure): finish(failure)
        }
    }

    /// Once for all that came within a moment.
    private func markRead() {
        guard readTimer == nil else { return }
        readTimer = loop.schedule(after: .milliseconds(250)) { [weak self] in
            guard let self else { return }
            readTimer = nil
            perform(session.seen(session.last))
        }
    }

    func take(changes: [PostedMessage]) {
        perform(session.changes(changes))
        redraw()
    }

    /// Draws at the end of this turn, however much happened in it.
    func redraw() {
        guard screen.form == .terminal, !isFlushDue, onEnd != nil else { return }
        isFlushDue = true
        loop.atEndOfTurn { [weak self] in
            guard let self, onEnd != nil else { return }
            isFlushDue = false
            let status = screen.text.status(
                typing: typing.typing(at: loop.now.milliseconds), waiting: session.outbox.count, trouble: trouble)
            screen.write(status: status, prompt: settings.prompt, editor: editor)
            screen.flush()
        }
    }

    func finish(_ failure: CommandFailure?) {
        guard let onEnd else { return }
        if readTimer != nil { perform(session.seen(session.last)) }
        self.onEnd = nil
        screen.leave()
        terminal?.close()
        input?.stop()
        for signal in signals { signal.stop() }
        timers = []
        retryTimer = nil
        pauseTimer = nil
        readTimer = nil
        link?.close()
        let isScripted = screen.form != .terminal
        onEnd(
            failure
                ?? (isScripted && refusedCount > 0
                    ? CommandFailure(.badData, "\(refusedCount) messages were refused") : nil))
    }
}
