package import Model
internal import Telemetry
internal import Wire

/// The live half of one conversation: takes what is said in it, has it stored, and tells everybody in the order of the
/// numbers that Postgres gave, each message once and none left out.
///
/// It remembers who is in the conversation, but decides nothing by it that leaves a trace: whether a message is taken is
/// decided in the transaction that stores it (``ConversationStore/append(_:at:)``).
///
/// An actor of the loop that the conversation's id chooses, entered by `assumeIsolated` from there.
package actor ConversationActor {
    /// What a sender calls a message: sent twice, stored once.
    struct ClientName: Hashable {
        let user: UserID
        let id: UniqueID
    }

    /// A message that is on its way to Postgres, and who waits for it.
    struct Pending {
        /// Gets an answer, and therefore not the message.
        let session: SessionID?
        var replies: [SendReply]
    }

    nonisolated package let id: ConversationID
    nonisolated package var unownedExecutor: UnownedSerialExecutor { unsafe services.executor }

    nonisolated let services: ConversationServices
    var state: ConversationState
    /// When ``state`` was asked for; nothing once it is known to be out of date.
    var stateAt: LiveInstant? {
        didSet { if stateAt == nil { doubts &+= 1 } }
    }
    /// How often it was said that who is in it may have changed: what was asked before is not what holds.
    private(set) var doubts: UInt64 = 0
    var lastUsed: LiveInstant
    var inFlight: [ClientName: Pending] = [:]
    /// Everybody who is to hear of them has been told of the messages up to this number.
    var delivered: Int64
    /// Numbered, and not told yet because something before them is not.
    var backlog: [Numbered] = []
    /// Whether something is looked up that the backlog waits for.
    var isRepairing = false
    var repairFailures = 0
    var repairTimer: (any ScheduledWork)?
    var typing: [UserID: Typing] = [:]
    var typingTimer: (any ScheduledWork)?
    /// How far people have read that Postgres may not know of yet.
    var reads: [UserID: Int64] = [:]
    /// What waits until it is known again who is in the conversation.
    var waitingForState: [@Sendable (isolated ConversationActor, ChatRefusal?) -> Void] = []
    var isLoadingState = false
    var isRetired = false

    /// - Parameter state: As it was when `services.now` was read last.
    init(_ state: ConversationState, services: ConversationServices) {
        id = state.id
        self.services = services
        self.state = state
        stateAt = services.now
        lastUsed = services.now
        delivered = state.lastSeq
    }

    // MARK: Sending

    /// Takes a message; `reply` is called once, after its commit or when it is refused.
    ///
    /// A message that is on its way already, by its client id, is not taken again: both are answered when it is stored.
    func send(_ message: NewMessage, from session: SessionID?, reply: @escaping SendReply) {
        lastUsed = services.now
        let name = ClientName(user: message.sender, id: message.clientID)
        if let pending = inFlight[name] {
            guard pending.replies.count < services.limits.waitingForOne else { return reply(.failure(.underWay)) }
            inFlight[name]?.replies.append(reply)
            return
        }
        let unit = MessageUnit(message: message, conversation: self)
        guard services.journal.assumeIsolated({ $0.append(unit) }) != .dropped else {
            return reply(.failure(.unavailable))
        }
        inFlight[name] = Pending(session: session, replies: [reply])
    }

    /// The journal has an answer to a message of this conversation; in the order in which they were taken.
    ///
    /// - Parameter wasUncertain: It may have been stored by an earlier write whose answer got lost.
    func ended(_ message: NewMessage, _ outcome: AppendOutcome, wasUncertain: Bool) {
        lastUsed = services.now
        let pending = inFlight.removeValue(forKey: ClientName(user: message.sender, id: message.clientID))
        switch outcome {
        case .stored(let stored):
            services.meters.stored.increment()
            // Answered first: what is told to others must not arrive before its sender knows.
            answer(pending, .success(outcome))
            typing[message.sender] = nil
            // Somebody came or went, and nobody has said so here yet.
            if stored.membersVersion != state.membersVersion { stateAt = nil }
            take(
                Numbered(
                    number: stored.seq, sender: message.sender, message: self.message(message, stored),
                    isWithheld: stored.isWithheld, isOurs: true, session: pending?.session))
            if !stored.revealedTo.isEmpty {
                services.outlet?.tell(.conversation(id, .added), to: stored.revealedTo, except: nil)
            }
        case .duplicate(let number, _):
            services.meters.repeated.increment()
            answer(pending, .success(outcome))
            // Stored by a write whose answer got lost, of which nobody has been told; or by another hub, which tells its own.
            guard number > delivered else { return }
            take(
                Numbered(
                    number: number, sender: message.sender, message: nil, isWithheld: false, isOurs: wasUncertain,
                    session: pending?.session))
        case .notMember, .recipientBlocked, .unknownReply: answer(pending, .success(outcome))
        }
    }

    /// The message could not be stored.
    func failed(_ message: NewMessage, _ failure: AppendFailure) {
        let pending = inFlight.removeValue(forKey: ClientName(user: message.sender, id: message.clientID))
        answer(pending, .failure(failure == .stopping ? .stopping : .rowRefused))
    }

    private func answer(_ pending: Pending?, _ result: Result<AppendOutcome, ChatRefusal>) {
        for reply in pending?.replies ?? [] { reply(result) }
    }

    // MARK: What others changed

    /// Tells what a request has changed; it is committed.
    func publish(_ event: ConversationEvent) {
        lastUsed = services.now
        switch event {
        case .edited(let stored, .members):
            for (message, people) in stored.shown(to: state.members) {
                services.outlet?.tell(.edited(message), to: people.map(\.user), except: nil)
            }
        case .edited(let stored, .only(let user)):
            guard let message = stored.seen(by: user) else { return }
            services.outlet?.tell(.edited(message), to: [user], except: nil)
        case .deleted(_, let number, let change, let audience):
            tell(.deleted(id, sequence: number, change: change), audience, about: number)
        case .reacted(let reaction, let audience): tell(.reaction(reaction), audience, about: reaction.sequence)
        case .read(_, let user, let number): marked(number, by: user, except: nil)
        case .added(_, let people):
            // Those who are new are told as such, everybody else that something changed.
            stateAt = nil
            services.outlet?.tell(.conversation(id, .added), to: people, except: nil)
            withMembers { [id] conversation, _ in
                let others = conversation.state.members.map(\.user).filter { !people.contains($0) }
                conversation.services.outlet?.tell(.conversation(id, .updated), to: others, except: nil)
            }
        case .removed(_, let people):
            stateAt = nil
            state.members.removeAll { people.contains($0.user) }
            for person in people { typing[person] = nil }
            services.outlet?.tell(.conversation(id, .removed), to: people, except: nil)
            tell(.conversation(id, .updated), .members)
        case .renamed: tell(.conversation(id, .updated), .members)
        case .settings(_, let user, let change):
            stateAt = nil
            services.outlet?.tell(.conversation(id, change), to: [user], except: nil)
        }
    }

    /// What is known of who is in it may be wrong.
    func doubtMembers() { stateAt = nil }

    /// Somebody is no longer in it, and must hear nothing from now on.
    func dismiss(_ user: UserID) {
        stateAt = nil
        state.members.removeAll { $0.user == user }
        typing[user] = nil
    }

    /// - Parameter number: The message that it is about: whoever does not see that one hears nothing of it.
    func tell(
        _ event: LiveEvent, _ audience: ConversationAudience, about number: Int64? = nil,
        except session: SessionID? = nil
    ) {
        switch audience {
        case .members:
            let members = state.members.filter { member in number.map { $0 > member.visibleAfter } ?? true }
            services.outlet?.tell(event, to: members.map(\.user), except: session)
        case .only(let user): services.outlet?.tell(event, to: [user], except: session)
        }
    }

    // MARK: Memory

    /// Whether it can leave memory: nothing is on its way, and nobody has used it since `moment`.
    func isIdle(since moment: LiveInstant) -> Bool {
        inFlight.isEmpty && backlog.isEmpty && !isRepairing && !isLoadingState && typing.isEmpty && lastUsed <= moment
    }

    func retire() {
        isRetired = true
        typingTimer?.cancel()
        typingTimer = nil
        repairTimer?.cancel()
        repairTimer = nil
    }
}

/// Hears what became of a message, on the conversation's loop.
package typealias SendReply = @Sendable (Result<AppendOutcome, ChatRefusal>) -> Void
