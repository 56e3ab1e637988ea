/// One conversation over as many connections as it takes: what comes is shown once and in order, what is written is stored
/// once and in order.
///
/// A value: it is told what happened and returns what to do. It knows no clock, no socket and no terminal.
struct ChatSession: Sendable {
    /// What to do, in this order.
    enum Action: Hashable, Sendable {
        case send(ChatRequest)
        case show([PostedMessage])
        /// A message shown before is different now, or may be: edited, deleted, or reacted to.
        case showChanged(PostedMessage)
        case showDeleted(seq: Int64)
        case showReaction(seq: Int64, emoji: String, userId: String, added: Bool)
        /// The hub will not take what was written; why.
        case showRefused(Outbox.Letter, reason: String)
        case showRead(userId: String, seq: Int64)
        case typing(userId: String, isTyping: Bool)
        case presence(userId: String, status: String, note: String?)
        /// The conversation's name or members changed.
        case reload
        /// Ask over REST for messages changed since this change; the answer goes to ``ChatSession/changes(_:)``.
        case fetchChanges(since: Int64)
        /// Send again after a while, by ``ChatSession/resume()``; the seconds the hub asked for.
        case pause(Double?)
        /// This person is no member any more.
        case end(CommandFailure)
    }

    let conversation: String
    let ownId: String
    /// This person's name, for messages of their own that the hub only acknowledges.
    let ownName: String
    private var order: MessageOrder
    private(set) var outbox = Outbox()
    private var nextId: Int64 = 1
    private var syncId: Int64?
    /// Whether the newest page of the answer said that there is more.
    private var answerGoesOn = false
    /// Whether everything up to the moment of connecting is there.
    private(set) var isLive = false
    private var isPaused = false
    private var readUpTo: Int64 = 0
    private var announcedRead: Int64 = 0
    /// Whether what is missing has to be asked for again.
    private var owesSync = false
    /// The newest change that is known.
    private var newestChange: Int64
    /// The newest change known when the connection was lost, until it is known what changed since.
    private var missedChanges: Int64?

    /// - Parameters:
    ///   - last: The number of the newest message that is shown already, 0 for none.
    ///   - newestChange: The newest change when those were read; what changed since is asked for at first.
    init(conversation: String, ownId: String, ownName: String, last: Int64, newestChange: Int64? = nil) {
        self.conversation = conversation
        self.ownId = ownId
        self.ownName = ownName
        self.newestChange = newestChange ?? 0
        missedChanges = newestChange
        order = MessageOrder(after: last)
    }

    /// The number of the newest message that was shown.
    var last: Int64 { order.last }

    private mutating func freshId() -> Int64 {
        defer { nextId += 1 }
        return nextId
    }

    // MARK: What the person does

    /// Something was written.
    mutating func write(_ letter: Outbox.Letter) -> [Action] {
        outbox.append(letter)
        return sendNext()
    }

    /// Everything up to `seq` was seen.
    mutating func seen(_ seq: Int64) -> [Action] {
        readUpTo = max(readUpTo, seq)
        return announceRead()
    }

    /// The pause is over.
    mutating func resume() -> [Action] {
        isPaused = false
        if owesSync {
            owesSync = false
            return [step(order.connected())]
        }
        return sendNext()
    }

    private mutating func announceRead() -> [Action] {
        guard isLive, readUpTo > announcedRead else { return [] }
        announcedRead = readUpTo
        return [.send(.read(id: freshId(), conversation: conversation, seq: readUpTo))]
    }

    private mutating func sendNext() -> [Action] {
        guard isLive, !isPaused else { return [] }
        let id = nextId
        guard let letter = outbox.next(id: id) else { return [] }
        nextId += 1
        return [
            .send(
                .message(
                    id: id, conversation: conversation, clientId: letter.clientId, text: letter.text,
                    replyTo: letter.replyTo))
        ]
    }

    // MARK: What happens to the connection

    mutating func disconnected() {
        if isLive { missedChanges = missedChanges ?? newestChange }
        isLive = false
        isPaused = false
        owesSync = false
        syncId = nil
        order.disconnected()
        outbox.disconnected()
        announcedRead = 0
    }

    private mutating func step(_ step: MessageOrder.Step) -> Action {
        switch step {
        case .show(let messages):
            for message in messages { newestChange = max(newestChange, message.change ?? 0) }
            return .show(messages)
        case .ask(let since):
            let id = freshId()
            syncId = id
            answerGoesOn = false
            return .send(.sync(id: id, conversation: conversation, since: since))
        }
    }

    // MARK: What the hub says

    mutating func take(_ event: ChatEvent) -> [Action] {
        switch event {
        case .welcome: return [step(order.connected())]
        case .message(let id, let message): return id == conversation ? posted(message) : []
        case .messages(let re, let id, let messages, let more):
            guard id == conversation else { return [] }
            guard re == nil || re == syncId else { return messages.flatMap { posted($0) } }
            for message in messages { settle(message) }
            answerGoesOn = more && !messages.isEmpty
            return order.take(page: messages).map { step($0) } + sendNext()
        case .edited(let id, let message):
            guard id == conversation, message.seq <= order.last else { return [] }
            return [changed(message)]
        case .deleted(let id, let seq, let change):
            guard id == conversation else { return [] }
            newestChange = max(newestChange, change ?? 0)
            return seq <= order.last ? [.showDeleted(seq: seq)] : []
        case .reaction(let id, let seq, let emoji, let userId, let added, let change):
            guard id == conversation else { return [] }
            newestChange = max(newestChange, change ?? 0)
            guard seq <= order.last else { return [] }
            return [.showReaction(seq: seq, emoji: emoji, userId: userId, added: added)]
        case .conversation(let id, let change):
            guard id == conversation else { return [] }
            return change == "removed" ? [.end(ChatSession.gone)] : [.reload]
        case .typing(let id, let userId, let isTyping):
            return id == conversation && userId != ownId ? [.typing(userId: userId, isTyping: isTyping)] : []
        case .read(let id, let userId, let seq):
            return id == conversation && userId != ownId ? [.showRead(userId: userId, seq: seq)] : []
        case .presence(let userId, let status, let note):
            return userId == ownId ? [] : [.presence(userId: userId, status: status, note: note)]
        case .ack(let re, let seq, let sentAt): return acknowledged(re, seq: seq, sentAt: sentAt)
        case .ok(let re): return re == syncId ? synced() : []
        case .refused(let re, let error, let message, let retryAfter):
            return refused(re, error: error, message: message, retryAfter: retryAfter)
        case .goodbye, .other: return []
        }
    }

    /// What changed while this client was away, from REST: all there was since the change that was asked for.
    mutating func changes(_ messages: [PostedMessage]) -> [Action] {
        missedChanges = nil
        return messages.filter { $0.seq <= order.last }.map { changed($0) }
    }

    private mutating func changed(_ message: PostedMessage) -> Action {
        newestChange = max(newestChange, message.change ?? 0)
        return message.isDeleted ? .showDeleted(seq: message.seq) : .showChanged(message)
    }

    private mutating func posted(_ message: PostedMessage) -> [Action] {
        settle(message)
        return order.take(message).map { step($0) } + sendNext()
    }

    /// A message that was in the outbox is stored: the hub need not be sent it again.
    private mutating func settle(_ message: PostedMessage) {
        guard message.fromId == ownId, let clientId = message.clientId else { return }
        _ = outbox.stored(clientId: clientId)
    }

    private mutating func acknowledged(_ re: Int64, seq: Int64, sentAt: String) -> [Action] {
        guard let letter = outbox.acknowledged(re) else { return [] }
        let message = PostedMessage(
            seq: seq, clientId: letter.clientId, fromId: ownId, fromName: ownName, text: letter.text, sentAt: sentAt,
            replyTo: letter.replyTo)
        return order.take(message).map { step($0) } + sendNext()
    }

    private mutating func synced() -> [Action] {
        syncId = nil
        // A hub that tells only so much for one request is asked for the rest.
        if answerGoesOn {
            answerGoesOn = false
            return [step(order.connected())]
        }
        var actions = order.endOfSync().map { step($0) }
        // A gap was found at once: it is live when that is filled.
        guard !order.isSyncing else { return actions }
        if !isLive {
            isLive = true
            if let missedChanges { actions.append(.fetchChanges(since: missedChanges)) }
        }
        return actions + announceRead() + sendNext()
    }

    private mutating func refused(
        _ re: Int64?, error: String, message: String, retryAfter: Double?
    ) -> [Action] {
        guard let re else { return [] }
        let isTransient = ["rate_limit_exceeded", "service_unavailable", "internal", "request_timeout"].contains(error)
        if re == syncId {
            guard isTransient else {
                return [.end(error == "not_found" ? ChatSession.gone : ChatSession.fault(message))]
            }
            syncId = nil
            order.disconnected()
            owesSync = true
            return [.pause(retryAfter)]
        }
        if isTransient {
            guard outbox.postponed(re) else { return [] }
            isPaused = true
            return [.pause(retryAfter)]
        }
        guard let letter = outbox.refused(re) else { return [] }
        return [.showRefused(letter, reason: message)] + sendNext()
    }

    private static let gone = CommandFailure(.badData, "there is no such conversation, or you are no member of it")

    private static func fault(_ message: String) -> CommandFailure { .badData(PlainText.line(message)) }
}
