internal import Model

/// Stores a message as it comes. Nobody hears of it but by asking.
struct StoringSender: MessageSender {
    let store: any ConversationStore
    let clock: any LiveClock

    func send(_ message: NewMessage) async throws(ConversationStoreError) -> AppendOutcome {
        let outcomes = try await store.append([message], at: clock.now)
        guard let outcome = outcomes.first else { throw .failed(sqlState: "XX000") }
        return outcome
    }
}

/// No sessions, and so nobody to tell.
struct NobodyConnected: ConversationLive {
    func publish(_ event: ConversationEvent) {}
}
