/// When to tell the others that this person is typing, and when another's notice lapses. A value: times are handed in, in
/// milliseconds of any clock that only goes forward.
struct TypingNotice: Hashable, Sendable {
    /// A notice lapses after 5 s (the protocol's); it is said again before that.
    static let lapse: UInt64 = 5_000
    static let again: UInt64 = 3_000

    private var saidAt: UInt64?
    private var others: [String: UInt64] = [:]

    /// The line has text, or has none any more.
    ///
    /// - Returns: What to tell the hub; nothing if it knows.
    mutating func wrote(hasText: Bool, at now: UInt64) -> Bool? {
        if hasText {
            if let saidAt, now - saidAt < TypingNotice.again { return nil }
            saidAt = now
            return true
        }
        guard let said = saidAt else { return nil }
        saidAt = nil
        return now - said < TypingNotice.lapse ? false : nil
    }

    /// The message was sent, which says it as well.
    mutating func sent() { saidAt = nil }

    /// The hub forgets with the connection.
    mutating func disconnected() {
        saidAt = nil
        others = [:]
    }

    mutating func take(_ userId: String, isTyping: Bool, at now: UInt64) { others[userId] = isTyping ? now : nil }

    /// Who is typing at `now`; those that lapsed are forgotten.
    mutating func typing(at now: UInt64) -> [String] {
        others = others.filter { now < $0.value + TypingNotice.lapse }
        return others.keys.sorted()
    }
}
