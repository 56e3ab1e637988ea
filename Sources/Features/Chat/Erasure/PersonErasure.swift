internal import FeatureKit
internal import Model

/// How somebody who is erased goes from conversations: out of all of them first, then what they said, message by message.
struct PersonErasure: ErasureStep {
    let store: PostgresChatErasureStore
    /// Nothing in tests of requests alone.
    let chat: LiveChat?

    func withdraw(_ person: UserID) async throws -> Bool {
        let conversations = try await store.withdraw(person)
        chat?.withdrawn(person, from: conversations)
        return !conversations.isEmpty
    }

    func erase(_ person: UserID) async throws -> Bool {
        guard let conversations = try await store.erase(person) else { return false }
        chat?.erased(in: conversations)
        return true
    }
}
