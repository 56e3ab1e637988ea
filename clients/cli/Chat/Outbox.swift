/// What a person has written and the hub has not stored yet: sent one at a time in the order it was written, and again
/// with the same id whenever the connection was lost, so that it is stored once.
///
/// A value without a clock or a socket.
struct Outbox: Sendable {
    struct Letter: Hashable, Sendable {
        /// A UUID in lower case.
        var clientId: String
        var text: String
        var replyTo: Int64?
    }

    private var letters: [Letter] = []
    /// Under which id the first letter is on its way.
    private var inFlight: Int64?
    /// Whether the first letter may have reached the hub before.
    private(set) var repeats = 0

    var count: Int { letters.count }
    var isEmpty: Bool { letters.isEmpty }

    mutating func append(_ letter: Letter) { letters.append(letter) }

    /// The next letter to send, now on its way as `id`; nothing while one is, or none waits.
    mutating func next(id: Int64) -> Letter? {
        guard inFlight == nil, let first = letters.first else { return nil }
        inFlight = id
        return first
    }

    /// The hub has stored what was sent as `id`; nothing for an id that is not on its way.
    mutating func acknowledged(_ id: Int64) -> Letter? {
        guard inFlight == id, !letters.isEmpty else { return nil }
        inFlight = nil
        return letters.removeFirst()
    }

    /// The hub has told of a message with this id: it is stored, though its acknowledgement was lost or is to come.
    mutating func stored(clientId: String) -> Letter? {
        guard let index = letters.firstIndex(where: { $0.clientId == clientId }) else { return nil }
        if index == 0 { inFlight = nil }
        return letters.remove(at: index)
    }

    /// The hub will never take it; it is given up.
    mutating func refused(_ id: Int64) -> Letter? { acknowledged(id) }

    /// The hub cannot take it now; it is the next to be sent.
    ///
    /// - Returns: Whether it was on its way.
    mutating func postponed(_ id: Int64) -> Bool {
        guard inFlight == id else { return false }
        inFlight = nil
        return true
    }

    mutating func disconnected() {
        if inFlight != nil { repeats += 1 }
        inFlight = nil
    }
}
