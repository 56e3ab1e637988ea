internal import Actors
package import EventLoop
package import FeatureKit
package import Model
internal import Persistence
package import Telemetry
package import Wire

/// The live half of conversations on all loops: what sessions say, what requests send and change, and who hears of it.
///
/// Any thread, but for what is said of a session, which is on the session's loop.
package final class LiveChat: Sendable {
    let nodes: [ChatNode]

    private init(nodes: [ChatNode]) { self.nodes = nodes }

    /// Makes the parts of every loop and joins them.
    ///
    /// - Parameters:
    ///   - limits: Of each loop.
    ///   - people: What is said there of people and groups is heard from now on.
    package static func make(
        on loops: [Loop], store: any ConversationStore, presence: any PresenceStore, missed: any MissedMessageSink,
        limits: ChatLimits, presenceLimits: PresenceLimits, clock: any LiveClock, logger: Logger, meters: ChatMeters,
        people: PeopleEvents
    ) -> LiveChat {
        let rate = UserRate(perSecond: limits.messagesPerSecond)
        let nodes = loops.map { loop in
            let scheduler = LoopScheduler(on: loop)
            let journal = MessageJournal(
                store: store, limits: limits.writeBehind, on: scheduler, clock: clock, logger: logger, meters: meters)
            let marks = ReadMarks(store: store, limits: limits, on: scheduler, logger: logger)
            let services = ConversationServices(
                store: store, journal: journal, marks: marks, scheduler: scheduler, limits: limits, meters: meters)
            return ChatNode(
                loop: loop, directory: ConversationDirectory(services: services), services: services,
                missed: MissedMessages(sink: missed, on: scheduler, logger: logger), clock: clock, rate: rate)
        }
        for node in nodes {
            node.join(nodes)
            let index = node.loop.index
            node.presence = PresenceBoard(
                store: presence, on: LoopScheduler(on: node.loop), clock: clock, limits: presenceLimits, logger: logger,
                looksAfter: { Int($0.rawValue.low % UInt64(loops.count)) == index },
                tell: { [unowned node] presence, watchers in
                    node.tell(.presence(presence), to: watchers, except: nil)
                },
                veil: { [unowned node] user, isInvisible in node.veil(user, isInvisible) })
        }
        let live = LiveChat(nodes: nodes)
        people.subscribe { [weak live] change in live?.take(change) }
        return live
    }

    private func node(on loop: Loop) -> ChatNode { nodes[loop.index] }

    /// Runs `work` on the conversation's loop.
    private func enter(_ conversation: ConversationID, _ work: @escaping @Sendable (ChatNode) -> Void) {
        let home = nodes[0].home(of: conversation)
        if home.loop.isCurrent { work(home) } else { home.loop.execute { work(home) } }
    }

    private func enterAll(_ work: @escaping @Sendable (ChatNode) -> Void) {
        for node in nodes {
            if node.loop.isCurrent { work(node) } else { node.loop.execute { work(node) } }
        }
    }

    // MARK: People

    /// What other areas say of people and groups.
    package func take(_ change: PeopleChange) {
        switch change {
        case .invited: break
        case .profileChanged(let user):
            changeAll { conversation in
                if conversation.isMember(user) { conversation.doubtMembers() }
            }
        case .blocked(let one, by: let other), .unblocked(let one, by: let other):
            changeAll { conversation in
                if conversation.isMember(one), conversation.isMember(other) { conversation.doubtMembers() }
            }
        case .groupChanged(let group), .groupDissolved(let group):
            changeAll { conversation in
                if conversation.state.group == group { conversation.doubtMembers() }
            }
        case .erased(let user):
            // As a rule they have been withdrawn before.
            changeAll { conversation in LiveChat.withdraw(user, from: conversation) }
        case .joined(let group, let user):
            follow(group) { .added($0, [user]) }
        case .left(let group, let user):
            // At once, and again when it is known which conversation it was, for those of whom none is in memory.
            changeAll { conversation in
                if conversation.state.group == group { conversation.dismiss(user) }
            }
            follow(group) { .removed($0, [user]) }
        }
        enterAll { node in node.presence?.assumeIsolated { $0.take(change) } }
    }

    /// Somebody who is being erased is out of these.
    func withdrawn(_ user: UserID, from conversations: [ConversationID]) {
        let ids = Set(conversations)
        changeAll { conversation in
            if ids.contains(conversation.id) { LiveChat.withdraw(user, from: conversation) }
        }
    }

    /// Something that was said in these is gone; those who have a copy look what changed.
    func erased(in conversations: [ConversationID]) {
        let ids = Set(conversations)
        changeAll { conversation in
            if ids.contains(conversation.id) {
                conversation.tell(.conversation(conversation.id, .updated), .members)
            }
        }
    }

    private static func withdraw(_ user: UserID, from conversation: isolated ConversationActor) {
        guard conversation.isMember(user) else { return }
        conversation.dismiss(user)
        conversation.tell(.conversation(conversation.id, .updated), .members)
    }

    private func changeAll(_ work: @escaping @Sendable (isolated ConversationActor) -> Void) {
        enterAll { node in node.directory.assumeIsolated { $0.changeAll(work) } }
    }

    /// Tells of somebody's coming or going in the conversation of a location group.
    private func follow(_ group: GroupID, _ event: @escaping @Sendable (ConversationID) -> ConversationEvent) {
        Task {
            let found = try? await nodes[0].services.store.conversation(of: group)
            if let found { publish(event(found)) }
        }
    }

    /// Stores what waits; takes nothing more. When the hub stops, before sessions are told goodbye.
    ///
    /// - Returns: The messages that could not be stored, and were refused.
    package func drain(within deadline: Duration) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for node in nodes {
                group.addTask {
                    // What is stored tells of reads and of missed messages, and they of nothing else.
                    let end = ContinuousClock.now.advanced(by: deadline)
                    let lost = await node.services.journal.drain(within: deadline)
                    let rest = max(ContinuousClock.now.duration(to: end), .milliseconds(500))
                    async let marks: Void = node.services.marks.drain(within: rest)
                    async let missed: Void = node.missed.drain(within: rest)
                    await node.presence?.drain(within: rest)
                    _ = await (marks, missed)
                    return lost
                }
            }
            return await group.reduce(0, +)
        }
    }

    /// Lets go of all conversations, when no session is left.
    package func close() {
        enterAll { node in
            node.directory.assumeIsolated { $0.close() }
            node.presence?.assumeIsolated { $0.close() }
        }
    }
}

extension LiveChat: StreamService {
    package func opened(_ peer: any StreamPeer) { node(on: peer.loop).opened(peer) }

    package func closed(_ peer: any StreamPeer) { node(on: peer.loop).closed(peer) }

    package func receive(_ message: ClientMessage, re: Int64?, from peer: any StreamPeer) -> Bool {
        node(on: peer.loop).receive(message, re: re, from: peer)
    }

    package func declared(_ report: ClientMessage.PresenceReport, by peer: any StreamPeer) {
        guard let user = peer.user?.id else { return }
        declare(report.status, note: report.note, by: user)
    }

    package func drained(_ peer: any StreamPeer) { node(on: peer.loop).drained(peer) }
}

extension LiveChat: MessageSender {
    package func send(_ message: NewMessage) async throws(ConversationStoreError) -> AppendOutcome {
        let result: Result<AppendOutcome, ChatRefusal> = await withCheckedContinuation { continuation in
            let home = nodes[0].home(of: message.conversation)
            let request = ConversationRequest.send(message, from: nil) { continuation.resume(returning: $0) }
            if home.loop.isCurrent {
                home.ask(message.conversation, request)
            } else {
                home.loop.execute { home.ask(message.conversation, request) }
            }
        }
        switch result {
        case .success(let outcome): return outcome
        case .failure(.notFound): return .notMember
        case .failure(.rowRefused): throw .refused(sqlState: "")
        case .failure: throw .unavailable
        }
    }
}

extension LiveChat: ConversationLive {
    package func publish(_ event: ConversationEvent) {
        enter(event.conversation) { node in
            node.directory.assumeIsolated { directory in
                // One that is being loaded may be loaded without this.
                directory.doubt(event.conversation)
                directory.find(event.conversation) { found in
                    guard case .success(let conversation) = found else { return }
                    conversation.assumeIsolated { $0.publish(event) }
                }
            }
        }
    }
}
