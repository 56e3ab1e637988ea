internal import Actors
internal import EventLoop
internal import FeatureKit
internal import Model
internal import Telemetry
internal import Wire

/// What one loop has of conversations: those whose home it is, the people who are connected to it, and the way to the other
/// loops.
///
/// What is asked of a conversation crosses to its loop, what is answered crosses back, and what is told crosses once to each
/// loop that has sessions of those who hear it: in mailboxes, gathered a turn, in order.
///
/// Confined to its loop: references may be held anywhere, methods are called on `loop` unless they say otherwise.
final class ChatNode: @unchecked Sendable {
    let loop: Loop
    let directory: ConversationDirectory
    let services: ConversationServices
    let missed: MissedMessages
    let clock: any LiveClock
    let rate: UserRate
    private(set) var nodes: [ChatNode] = []
    private var inbox: LoopInbox<ChatParcel>?

    var sessions: [SessionID: ChatSession] = [:]
    /// The sessions of each person on this loop.
    var sessionsOf: [UserID: [SessionID]] = [:]
    /// Everybody's, on all loops.
    var whereabouts = Whereabouts()
    /// Tells how people are; set once, before it serves.
    var presence: PresenceBoard?

    init(
        loop: Loop, directory: ConversationDirectory, services: ConversationServices, missed: MissedMessages,
        clock: any LiveClock, rate: UserRate
    ) {
        self.loop = loop
        self.directory = directory
        self.services = services
        self.missed = missed
        self.clock = clock
        self.rate = rate
    }

    /// Tells the node of the others; once, before it serves.
    func join(_ nodes: [ChatNode]) {
        self.nodes = nodes
        services.outlet = self
        inbox = LoopInbox(on: loop, capacity: services.limits.mailboxItems) { [weak self] in self?.take($0) }
    }

    var meters: ChatMeters { services.meters }

    /// Where a conversation lives. Any thread.
    func home(of conversation: ConversationID) -> ChatNode {
        nodes[Int(conversation.rawValue.low % UInt64(nodes.count))]
    }

    // MARK: Crossing

    /// Has a conversation asked, by way of its loop.
    func ask(_ conversation: ConversationID, _ request: ConversationRequest) {
        let home = home(of: conversation)
        guard home !== self else { return make(request, of: conversation) }
        if home.inbox?.send(.request(conversation, request)) != true {
            meters.overflows.increment()
            request.refuse(.unavailable)
        }
    }

    /// Answers a session of whatever loop. Called on any loop.
    func answer(_ session: SessionID, _ answer: SessionAnswer) {
        guard !loop.isCurrent else { return take(.answer(session, answer)) }
        if inbox?.send(.answer(session, answer)) != true {
            meters.overflows.increment()
            // It would wait for ever.
            loop.execute { [self] in sessions[session]?.peer.closeTooSlow() }
        }
    }

    private func take(_ parcel: ChatParcel) {
        switch parcel {
        case .request(let conversation, let request): make(request, of: conversation)
        case .answer(let session, let answer): tell(session, answer)
        case .event(let event, let audience, let session): deliver(event, to: audience, except: session)
        }
    }

    private func make(_ request: ConversationRequest, of conversation: ConversationID) {
        directory.assumeIsolated { directory in
            directory.find(conversation) { found in
                switch found {
                case .success(let conversation): conversation.assumeIsolated { request.make(of: $0) }
                case .failure(let refusal): request.refuse(refusal)
                }
            }
        }
    }

    // MARK: Delivery

    /// To the sessions of this loop.
    func deliver(_ event: LiveEvent, to audience: [UserID], except session: SessionID?) {
        var shared: SharedMessage?
        var count = 0
        for user in audience {
            for id in sessionsOf[user] ?? [] where id != session {
                guard let session = sessions[id] else { continue }
                let message = shared ?? SharedMessage { event.write(to: &$0) }
                shared = message
                if session.take(event, message, meters: meters) { count += 1 }
            }
        }
        if count > 0 { meters.deliveries.increment(by: count) }
    }
}

extension ChatNode: ConversationOutlet {
    func tell(_ event: LiveEvent, to audience: [UserID], except session: SessionID?) {
        for (index, people) in whereabouts.spread(audience) {
            let node = nodes[index]
            if node === self {
                deliver(event, to: people, except: session)
            } else if node.inbox?.send(.event(event, to: people, except: session)) != true {
                meters.overflows.increment()
                guard event.mustArrive else { continue }
                node.loop.execute { node.closeTooSlow(people) }
            }
        }
    }

    func notify(_ audience: [ConversationMember], of message: ChatMessage, kind: ConversationKind) {
        let now = clock.now
        let missing = audience.filter { member in
            !whereabouts.isHere(member.user) && (member.mutedUntil ?? now) <= now
        }
        guard !missing.isEmpty else { return }
        let notices = missing.map {
            MissedMessage(
                recipient: $0.user, conversation: message.conversation, kind: kind, sequence: message.sequence,
                sender: message.from?.user)
        }
        missed.assumeIsolated { $0.add(notices) }
    }

    func isInvisible(_ user: UserID) -> Bool { whereabouts.isInvisible(user) }

    /// They miss something that did not fit into the mailbox; they come back and catch up.
    private func closeTooSlow(_ people: [UserID]) {
        for user in people {
            for id in sessionsOf[user] ?? [] {
                meters.slowReaders.increment()
                sessions[id]?.peer.closeTooSlow()
            }
        }
    }
}
