/// Takes messages of requests in, as the stream's are taken: in the order of the conversation, delivered to everybody.
package protocol MessageSender: Sendable {
    /// - Returns: What became of it, once it is committed.
    func send(_ message: NewMessage) async throws(ConversationStoreError) -> AppendOutcome
}
