import Chat
import Model
import Synchronization
import Wire

/// Conversations in memory, by the rules of the real store (`ConversationStoreContractTests` holds both to them), and with
/// the faults that a test wants.
final class InMemoryConversationStore: ConversationStore {
    enum Fault: Sendable {
        /// Nothing is stored, and that is known.
        case refuse(ConversationStoreError)
        /// It is stored, and the answer gets lost.
        case loseAnswer
    }

    fileprivate struct Row {
        var message: ChatMessage
        var isWithheld: Bool
    }

    fileprivate struct Conversation {
        var state: ConversationState
        var rows: [Row] = []
    }

    fileprivate struct State {
        var conversations: [ConversationID: Conversation] = [:]
        var faults: [Fault] = []
        var isAway = false
        var refusesText: String?
        var batches: [Int] = []
        var loads = 0
        var pages = 0
        var storedPages = 0
        var failingStoredPage = 0
        var held: [CheckedContinuation<Void, Never>] = []
        var isHeld = false
        var whileMarking: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    // MARK: What tests do

    func add(_ id: ConversationID, kind: ConversationKind = .group, _ people: [UserID], group: GroupID? = nil) {
        state.withLock { state in
            state.conversations[id] = Conversation(
                state: ConversationState(
                    id: id, kind: kind, group: group, lastSeq: 0, lastChange: 0, members: people.map { member($0) },
                    blocks: []))
        }
    }

    func join(_ user: UserID, _ id: ConversationID) {
        let new = member(user)
        state.withLock { state in
            var new = new
            new.visibleAfter = state.conversations[id]?.state.lastSeq ?? 0
            state.conversations[id]?.state.members.append(new)
            state.conversations[id]?.state.membersVersion += 1
        }
    }

    func remove(_ user: UserID, from id: ConversationID) {
        state.withLock { state in
            state.conversations[id]?.state.members.removeAll { $0.user == user }
            state.conversations[id]?.state.membersVersion += 1
        }
    }

    func block(_ block: Block, in id: ConversationID) {
        _ = state.withLock { $0.conversations[id]?.state.blocks.insert(block) }
    }

    func mute(_ user: UserID, in id: ConversationID, until moment: Timestamp) {
        state.withLock { state in
            guard let place = state.conversations[id]?.state.members.firstIndex(where: { $0.user == user }) else {
                return
            }
            state.conversations[id]?.state.members[place].mutedUntil = moment
        }
    }

    /// The next writes end so, one after the other.
    func fail(_ faults: [Fault]) { state.withLock { $0.faults += faults } }

    /// While `isAway`, everything fails.
    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    /// A batch that holds this text is refused.
    func refuse(text: String) { state.withLock { $0.refusesText = text } }

    var loads: Int { state.withLock { $0.loads } }
    var pages: Int { state.withLock { $0.pages } }
    /// How often stored messages were read for all.
    var storedPages: Int { state.withLock { $0.storedPages } }

    /// That page of stored messages cannot be read, counted from 1.
    func fail(storedPage number: Int) { state.withLock { $0.failingStoredPage = number } }
    /// How many messages each write had.
    var batches: [Int] { state.withLock { $0.batches } }

    func stored(in id: ConversationID) -> [ChatMessage] {
        state.withLock { $0.conversations[id]?.rows.map(\.message) ?? [] }
    }

    func readSeq(of user: UserID, in id: ConversationID) -> Int64? {
        state.withLock { $0.conversations[id]?.state.members.first { $0.user == user }?.readSeq }
    }

    /// Happens once, while marks are being written.
    func whileMarking(_ work: @escaping @Sendable () -> Void) { state.withLock { $0.whileMarking = work } }

    /// Writes wait until ``release()``.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.isHeld = false
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    // MARK: ConversationStore

    func load(_ id: ConversationID) async throws(ConversationStoreError) -> ConversationState? {
        let found: Result<ConversationState?, ConversationStoreError> = state.withLock { state in
            state.loads += 1
            return state.isAway ? .failure(.unavailable) : .success(state.conversations[id]?.state)
        }
        return try found.get()
    }

    func append(
        _ messages: [NewMessage], at now: Timestamp
    ) async throws(ConversationStoreError) -> [AppendOutcome] {
        if state.withLock({ $0.isHeld }) {
            await withCheckedContinuation { continuation in
                let mayGo = state.withLock { state in
                    if state.isHeld { state.held.append(continuation) }
                    return !state.isHeld
                }
                if mayGo { continuation.resume() }
            }
        }
        let result: Result<[AppendOutcome], ConversationStoreError> = state.withLock { state in
            guard !state.isAway else { return .failure(.unavailable) }
            let fault = state.faults.isEmpty ? nil : state.faults.removeFirst()
            if case .refuse(let error) = fault { return .failure(error) }
            if let text = state.refusesText, messages.contains(where: { $0.text.rawValue == text }) {
                return .failure(.refused(sqlState: "22000"))
            }
            state.batches.append(messages.count)
            let outcomes = messages.map { state.store($0, at: now) }
            if case .loseAnswer = fault { return .failure(.unavailable) }
            return .success(outcomes)
        }
        return try result.get()
    }

    func mark(_ marks: [ReadMark]) async throws(ConversationStoreError) -> [ReadOutcome] {
        let work = state.withLock { state in
            defer { state.whileMarking = nil }
            return state.whileMarking
        }
        work?()
        let result: Result<[ReadOutcome], ConversationStoreError> = state.withLock { state in
            guard !state.isAway else { return .failure(.unavailable) }
            return .success(marks.map { state.mark($0) })
        }
        return try result.get()
    }

    func messages(
        of id: ConversationID, for user: UserID, _ range: MessageRange, limit: Int
    ) async throws(ConversationStoreError) -> MessagePage? {
        let result: Result<MessagePage?, ConversationStoreError> = state.withLock { state in
            state.pages += 1
            guard !state.isAway else { return .failure(.unavailable) }
            return .success(state.page(of: id, for: user, range, limit: limit))
        }
        return try result.get()
    }

    func storedMessages(
        of id: ConversationID, after number: Int64, through end: Int64, limit: Int
    ) async throws(ConversationStoreError) -> StoredPage? {
        let result: Result<StoredPage?, ConversationStoreError> = state.withLock { state in
            state.storedPages += 1
            guard !state.isAway, state.storedPages != state.failingStoredPage else { return .failure(.unavailable) }
            guard let found = state.conversations[id] else { return .success(nil) }
            let rows = found.rows.filter { $0.message.sequence > number && $0.message.sequence <= end }
            return .success(
                StoredPage(
                    messages: rows.prefix(limit).map { StoredMessage(message: $0.message, isWithheld: $0.isWithheld) },
                    hasMore: rows.count > limit, membersVersion: found.state.membersVersion))
        }
        return try result.get()
    }

    func unread(of user: UserID) async throws(ConversationStoreError) -> [ConversationID: Int] { [:] }

    func conversation(of group: GroupID) async throws(ConversationStoreError) -> ConversationID? {
        state.withLock { state in state.conversations.values.first { $0.state.group == group }?.state.id }
    }
}

private func member(_ user: UserID) -> ConversationMember {
    ConversationMember(
        user: user, displayName: "Person", role: .member, joinedAt: Timestamp(milliseconds: 0), visibleAfter: 0,
        readSeq: 0, mutedUntil: nil)
}

extension InMemoryConversationStore.State {
    fileprivate mutating func store(_ message: NewMessage, at now: Timestamp) -> AppendOutcome {
        guard var found = conversations[message.conversation],
            let sender = found.state.members.first(where: { $0.user == message.sender })
        else { return .notMember }
        let old = found.rows.first {
            $0.message.from?.user == message.sender && $0.message.clientID == message.clientID
        }
        if let old { return .duplicate(seq: old.message.sequence, sentAt: old.message.sentAt) }
        let other = found.state.members.first { $0.user != message.sender }?.user
        var isWithheld = false
        if found.state.kind == .direct, let other {
            if found.state.blocks.contains(Block(blocker: message.sender, blocked: other)) { return .recipientBlocked }
            isWithheld = found.state.blocks.contains(Block(blocker: other, blocked: message.sender))
        }
        if let reply = message.replyTo {
            let isSeen = found.rows.contains { $0.message.sequence == reply && reply > sender.visibleAfter }
            guard isSeen else { return .unknownReply }
        }
        found.state.lastSeq += 1
        let stored = ChatMessage(
            conversation: message.conversation, sequence: found.state.lastSeq, clientID: message.clientID,
            from: .init(user: message.sender, displayName: sender.displayName), text: message.text.rawValue,
            sentAt: now,
            replyTo: message.replyTo, attachment: message.attachment)
        found.rows.append(.init(message: stored, isWithheld: isWithheld))
        conversations[message.conversation] = found
        return .stored(
            .init(
                seq: stored.sequence, sentAt: now, isWithheld: isWithheld,
                membersVersion: found.state.membersVersion))
    }

    fileprivate mutating func mark(_ mark: ReadMark) -> ReadOutcome {
        guard let found = conversations[mark.conversation],
            let place = found.state.members.firstIndex(where: { $0.user == mark.user })
        else { return .notMember }
        guard mark.seq <= found.state.lastSeq else { return .beyondEnd }
        let known = found.state.members[place].readSeq
        conversations[mark.conversation]?.state.members[place].readSeq = max(known, mark.seq)
        return .marked(seq: max(known, mark.seq), moved: mark.seq > known)
    }

    fileprivate func page(
        of id: ConversationID, for user: UserID, _ range: MessageRange, limit: Int
    ) -> MessagePage? {
        guard let found = conversations[id], let member = found.state.members.first(where: { $0.user == user }),
            case .since(let since) = range
        else { return nil }
        let seen = found.rows.filter { row in
            row.message.sequence > max(since, member.visibleAfter)
                && (!row.isWithheld || row.message.from?.user == user)
        }
        return MessagePage(
            messages: Array(seen.prefix(limit).map(\.message)), hasMore: seen.count > limit,
            lastSeq: found.state.lastSeq, lastChange: found.state.lastChange)
    }
}
