import Chat
import Model
import Synchronization

/// Another store, with its readings counted.
final class CountedStore: ConversationStore {
    struct Counts: Sendable {
        /// Of one person's messages.
        var pages = 0
        /// For all who take part.
        var storedPages = 0
    }

    private let store: any ConversationStore
    private let state = Mutex(Counts())

    init(_ store: any ConversationStore) { self.store = store }

    var counts: Counts { state.withLock { $0 } }

    func load(_ id: ConversationID) async throws(ConversationStoreError) -> ConversationState? {
        try await store.load(id)
    }

    func append(
        _ messages: [NewMessage], at now: Timestamp
    ) async throws(ConversationStoreError) -> [AppendOutcome] {
        try await store.append(messages, at: now)
    }

    func mark(_ marks: [ReadMark]) async throws(ConversationStoreError) -> [ReadOutcome] {
        try await store.mark(marks)
    }

    func messages(
        of id: ConversationID, for user: UserID, _ range: MessageRange, limit: Int
    ) async throws(ConversationStoreError) -> MessagePage? {
        state.withLock { $0.pages += 1 }
        return try await store.messages(of: id, for: user, range, limit: limit)
    }

    func storedMessages(
        of id: ConversationID, after number: Int64, through end: Int64, limit: Int
    ) async throws(ConversationStoreError) -> StoredPage? {
        state.withLock { $0.storedPages += 1 }
        return try await store.storedMessages(of: id, after: number, through: end, limit: limit)
    }

    func unread(of user: UserID) async throws(ConversationStoreError) -> [ConversationID: Int] {
        try await store.unread(of: user)
    }

    func conversation(of group: GroupID) async throws(ConversationStoreError) -> ConversationID? {
        try await store.conversation(of: group)
    }
}
