/// The messages on the screen, to tell what an edit, a deletion or a reaction changed, and what somebody answers.
struct ShownMessages: Sendable {
    /// What is different from what was shown.
    enum Difference: Hashable, Sendable {
        case text(PostedMessage)
        case deleted
        case reactions([PostedMessage.Reaction])
    }

    /// The most that are kept; the oldest go.
    static let most = 2_000

    private var messages: [Int64: PostedMessage] = [:]
    /// In the order they came in.
    private var order: [Int64] = []

    subscript(_ seq: Int64) -> PostedMessage? { messages[seq] }

    mutating func add(_ message: PostedMessage) {
        if messages.updateValue(message, forKey: message.seq) == nil { order.append(message.seq) }
        guard order.count > ShownMessages.most else { return }
        for seq in order.prefix(ShownMessages.most / 4) { messages[seq] = nil }
        order.removeFirst(ShownMessages.most / 4)
    }

    /// Takes the new state of a message; nothing is different the second time.
    mutating func update(_ message: PostedMessage) -> [Difference] {
        guard let known = messages[message.seq] else { return message.editedAt == nil ? [] : [.text(message)] }
        messages[message.seq] = message
        var differences: [Difference] = []
        if known.text != message.text, message.text != nil { differences.append(.text(message)) }
        if known.reactions != message.reactions { differences.append(.reactions(message.reactions)) }
        return differences
    }

    /// - Returns: Whether it was there until now.
    mutating func delete(_ seq: Int64) -> Bool {
        guard var known = messages[seq] else { return true }
        guard !known.isDeleted else { return false }
        known.isDeleted = true
        known.text = nil
        messages[seq] = known
        return true
    }

    /// Takes a reaction, or takes it away.
    mutating func react(_ seq: Int64, _ emoji: String, added: Bool) {
        guard var known = messages[seq] else { return }
        let index = known.reactions.firstIndex { $0.emoji == emoji }
        if let index {
            known.reactions[index].count += added ? 1 : -1
            if known.reactions[index].count <= 0 { known.reactions.remove(at: index) }
        } else if added {
            known.reactions.append(PostedMessage.Reaction(emoji: emoji, count: 1))
        }
        messages[seq] = known
    }
}
