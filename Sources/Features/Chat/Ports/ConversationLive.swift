/// Those who are connected now. Callable from any thread; returns without waiting.
package protocol ConversationLive: Sendable {
    /// Tells what a request has changed. It is committed.
    func publish(_ event: ConversationEvent)
}
