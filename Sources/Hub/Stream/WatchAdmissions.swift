internal import Model

/// Decides in which order a user's session is let at the groups it asked to watch: one is looked up at a time, in the order
/// of asking, so that the answers come in that order and a client has one look-up under way, however fast it asks.
///
/// A class, because most sessions are no user's and all take memory. Confined to the session's loop.
final class WatchAdmissions {
    struct Request: Equatable {
        let group: GroupID
        /// The `id` of the message that asked.
        let re: Int64?
        /// Tells it from others for the same group, before and after.
        let number: UInt64
    }

    private let capacity: Int
    private var waiting: [Request] = []
    private var isLookingUp = false
    private var lastNumber: UInt64 = 0

    /// - Parameter capacity: Requests that may wait, given up or not.
    init(capacity: Int) { self.capacity = capacity }

    /// Takes a request in; nothing if as many wait as may.
    func add(_ group: GroupID, re: Int64?) -> Request? {
        guard waiting.count < capacity else { return nil }
        lastNumber += 1
        let request = Request(group: group, re: re, number: lastNumber)
        waiting.append(request)
        return request
    }

    /// The request to look up now, if none is under way; ``finish()`` follows.
    func next() -> Request? {
        guard !isLookingUp, !waiting.isEmpty else { return nil }
        isLookingUp = true
        return waiting.removeFirst()
    }

    /// The look-up under way is over.
    func finish() { isLookingUp = false }
}
