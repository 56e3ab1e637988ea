internal import Model
internal import Persistence

/// Removes conversations, and what people said in them, a slice at a time: each is one short transaction, so that nobody
/// who writes waits for long. Callable from any thread.
struct PostgresChatErasureStore: Sendable {
    private let database: Database
    /// The most conversations of a slice of memberships, which takes several statements for each.
    private let conversations: Int
    /// The most rows of any other slice.
    private let rows: Int

    init(database: Database, conversations: Int = 100, rows: Int = 1_000) {
        self.database = database
        self.conversations = conversations
        self.rows = rows
    }

    /// Takes somebody out of conversations that are no location group's; returns those, none when they are in none.
    func withdraw(_ person: UserID) async throws(PostgresError) -> [ConversationID] {
        let result = try await database.retryingQuery(
            ErasureStatements.withdraw.with(person.rawValue, Int32(clamping: conversations)))
        return PostgresChatErasureStore.touched(result)
    }

    /// Removes some of what somebody said.
    ///
    /// - Returns: The conversations in which others may see it, which are none while only reactions to it have gone; nothing
    ///   when there is nothing left.
    func erase(_ person: UserID) async throws(PostgresError) -> [ConversationID]? {
        let result = try await database.retryingQuery(
            ErasureStatements.erasePerson.with(person.rawValue, Int32(clamping: rows)))
        return result[0].int64(0) == 0 ? nil : PostgresChatErasureStore.touched(result)
    }

    /// Removes some of a conversation that nobody is in any more; returns whether it is gone.
    func erase(_ conversation: ConversationID) async throws(PostgresError) -> Bool {
        let result = try await database.retryingQuery(
            ErasureStatements.eraseConversation.with(conversation.rawValue, Int32(clamping: rows)))
        return result[0].bool(0) ?? false
    }

    private static func touched(_ result: PostgresResult) -> [ConversationID] {
        result[0].text(1)?.split(separator: ",").compactMap { UniqueID($0).map { ConversationID($0) } } ?? []
    }
}
