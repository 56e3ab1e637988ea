package import Model

/// Conversations, kept: what the live half asks of the rows. Safe to call from any actor.
///
/// Who may do what is decided in the transaction that does it, whatever the caller remembers: somebody who was removed a
/// moment ago is refused. Everything that is answered is committed.
package protocol ConversationStore: Sendable {
    /// A conversation and those who are in it; nothing if there is none.
    func load(_ id: ConversationID) async throws(ConversationStoreError) -> ConversationState?

    /// Numbers and stores messages in one transaction, each conversation's in the order in which they come.
    ///
    /// Numbers are given under the lock of the conversation's row (docs/adr/0029): they go up by one, without gaps, whoever
    /// else writes. A message that was stored before, or comes twice in one call, is a duplicate: the same call may be made
    /// again after an unknown end. If this throws, nothing was stored, or it is not known whether.
    ///
    /// - Returns: One outcome a message, in their order.
    func append(
        _ messages: [NewMessage], at now: Timestamp
    ) async throws(ConversationStoreError) -> [AppendOutcome]

    /// Moves read marks forward.
    ///
    /// - Returns: One outcome a mark, in their order.
    func mark(_ marks: [ReadMark]) async throws(ConversationStoreError) -> [ReadOutcome]

    /// Messages that a person may see: the one place that decides it, for the stream and for requests.
    ///
    /// - Returns: Nothing if they see none of the conversation, or there is none.
    func messages(
        of id: ConversationID, for user: UserID, _ range: MessageRange, limit: Int
    ) async throws(ConversationStoreError) -> MessagePage?

    /// Messages as they are stored, of numbers greater than `number` and up to `end`, whoever may see them: read once for all
    /// who take part (``StoredMessage/seen(by:)``).
    ///
    /// - Returns: Nothing if there is no such conversation.
    func storedMessages(
        of id: ConversationID, after number: Int64, through end: Int64, limit: Int
    ) async throws(ConversationStoreError) -> StoredPage?

    /// The messages that somebody has not read, of all their conversations together, and of each that has any.
    func unread(of user: UserID) async throws(ConversationStoreError) -> [ConversationID: Int]

    /// The conversation of a location group; nothing if it never had people.
    func conversation(of group: GroupID) async throws(ConversationStoreError) -> ConversationID?
}

/// Why a store of conversations could not do what it was asked.
package enum ConversationStoreError: Error, Hashable, Sendable {
    /// Postgres cannot be reached or did not answer in time; try again.
    case unavailable
    /// Postgres refuses a value of what it was given; alone, the others may pass.
    case refused(sqlState: String)
    /// Postgres answered with an error of its own; the SQLSTATE is for the log.
    case failed(sqlState: String)
}
