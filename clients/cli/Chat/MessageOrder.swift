/// Gives out a conversation's messages by their numbers: each once, none before an earlier one, none left out.
///
/// A value without a clock or a socket. A number that is missing is asked for (``Step/ask(since:)``); what came meanwhile
/// is held. Numbers that the hub does not tell even then are not this person's to see, and are passed over.
struct MessageOrder: Sendable {
    /// What to do next.
    enum Step: Hashable, Sendable {
        /// These follow; show them in this order.
        case show([PostedMessage])
        /// Ask the hub for what comes after this number; ``beginSync()`` has been taken care of.
        case ask(since: Int64)
    }

    private struct Held {
        var message: PostedMessage
        /// Whether an answer that was asked for later would have to tell what lies before it.
        var isBeforeSync: Bool
    }

    /// The last number that was given out or passed over.
    private(set) var last: Int64
    private var held: [Int64: Held] = [:]
    private(set) var isSyncing = false

    /// - Parameter last: What is there already.
    init(after last: Int64) { self.last = last }

    /// Starts over on a new connection: everything since the last number is asked for.
    mutating func connected() -> Step {
        isSyncing = false
        return ask()
    }

    /// The connection is gone, and with it the answer that was under way.
    mutating func disconnected() { isSyncing = false }

    private mutating func ask() -> Step {
        isSyncing = true
        for seq in held.keys { held[seq]?.isBeforeSync = true }
        return .ask(since: last)
    }

    /// A message from the stream, or of this person's own once it is stored.
    mutating func take(_ message: PostedMessage) -> [Step] {
        guard message.seq > last else { return [] }
        // An edit may have overtaken it; the newer one is kept.
        if let known = held[message.seq], (known.message.change ?? 0) >= (message.change ?? 0) { return [] }
        held[message.seq] = Held(message: message, isBeforeSync: false)
        return steps()
    }

    /// A page of the answer to what was asked.
    mutating func take(page: [PostedMessage]) -> [Step] {
        guard isSyncing else { return page.flatMap { take($0) } }
        // The answer goes up by numbers: what it leaves out before a message of its own is nobody's to see.
        var shown: [PostedMessage] = []
        for message in page.sorted(by: { $0.seq < $1.seq }) where message.seq > last {
            shown += held.keys.filter { $0 < message.seq }.sorted().compactMap { held.removeValue(forKey: $0)?.message }
            held[message.seq] = nil
            shown.append(message)
            last = message.seq
        }
        shown += following()
        return shown.isEmpty ? [] : [.show(shown)]
    }

    /// The answer is complete.
    mutating func endOfSync() -> [Step] {
        guard isSyncing else { return [] }
        isSyncing = false
        var shown: [PostedMessage] = []
        while let seq = held.keys.min(), let entry = held[seq], entry.isBeforeSync || seq == last + 1 {
            held[seq] = nil
            shown.append(entry.message)
            last = seq
        }
        return (shown.isEmpty ? [] : [.show(shown)]) + steps()
    }

    private mutating func steps() -> [Step] {
        let shown = following()
        var steps: [Step] = shown.isEmpty ? [] : [.show(shown)]
        if !held.isEmpty, !isSyncing { steps.append(ask()) }
        return steps
    }

    private mutating func following() -> [PostedMessage] {
        var shown: [PostedMessage] = []
        while let entry = held.removeValue(forKey: last + 1) {
            shown.append(entry.message)
            last += 1
        }
        return shown
    }
}
