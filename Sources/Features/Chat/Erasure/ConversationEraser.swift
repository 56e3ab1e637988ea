internal import Jobs
internal import Model

/// Removes a conversation that its last member has left, however long it is. The row is made by `chat.retire`, in the
/// transaction in which the last one leaves.
enum ConversationEraser {
    static let job = JobKind<ConversationID>(
        "erase_conversation", attempts: 100, timeLimit: .seconds(1800), concurrency: 1,
        encode: { Array($0.description.utf8) },
        decode: { bytes in
            guard let id = UniqueID(String(decoding: bytes, as: UTF8.self)) else {
                throw JobFailure.permanent("no conversation's id")
            }
            return ConversationID(id)
        })

    static func handler(_ store: PostgresChatErasureStore) -> JobHandler {
        JobHandler(job) { conversation, _ in try await erase(conversation, store) }
    }

    /// May be broken off between slices, and goes on from there when it is done again.
    static func erase(_ conversation: ConversationID, _ store: PostgresChatErasureStore) async throws {
        while try await !store.erase(conversation) { try Task.checkCancellation() }
    }
}
