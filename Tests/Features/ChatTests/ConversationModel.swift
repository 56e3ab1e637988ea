/// What the rules say of one conversation, without a database: who may do and see what. People are numbers.
struct ConversationModel {
    enum Kind: Hashable {
        case direct(Int, Int)
        case group
        case location
    }

    /// Somebody's place in it.
    struct Seat {
        /// Sees messages of greater numbers.
        var after: Int
        /// And none of greater ones than that, once they have left.
        var until: Int?
        /// Was added by somebody they block.
        var isUnaware = false
        var isListed = true
    }

    struct Message {
        var sender: Int
        var text: String
        /// Seen by the sender alone.
        var isWithheld: Bool
    }

    let kind: Kind
    var seats: [Int: Seat] = [:]
    var messages: [Message] = []

    var end: Int { messages.count }

    func isMember(_ person: Int) -> Bool {
        seats[person].map { $0.until == nil && !$0.isUnaware } ?? false
    }

    func other(than person: Int) -> Int? {
        guard case .direct(let one, let other) = kind else { return nil }
        return person == one ? other : one
    }

    /// The texts somebody sees; nothing if they see no conversation.
    func texts(for person: Int) -> [String]? {
        guard let seat = seats[person], !seat.isUnaware else { return nil }
        return messages.enumerated().compactMap { index, message in
            let seq = index + 1
            guard seq > seat.after, seq <= seat.until ?? .max, !message.isWithheld || message.sender == person else {
                return nil
            }
            return message.text
        }
    }

    func isListed(for person: Int) -> Bool { seats[person].map { $0.isListed && !$0.isUnaware } ?? false }

    /// - Parameter blocks: Who (first) blocks whom.
    /// - Returns: Whether it is taken; nothing if the sender blocks the other one.
    mutating func send(_ text: String, by sender: Int, _ blocks: Set<[Int]>) -> Bool? {
        guard isMember(sender) else { return false }
        var isWithheld = false
        if let other = other(than: sender) {
            if blocks.contains([sender, other]) { return nil }
            isWithheld = blocks.contains([other, sender])
        }
        messages.append(Message(sender: sender, text: text, isWithheld: isWithheld))
        for person in seats.keys where isMember(person) && (!isWithheld || person == sender) {
            seats[person]?.isListed = true
        }
        return true
    }

    mutating func add(_ person: Int, by adder: Int, _ blocks: Set<[Int]>) {
        let isUnaware = blocks.contains([person, adder])
        if let seat = seats[person], seat.until == nil, !seat.isUnaware || isUnaware { return }
        seats[person] = Seat(after: end, isUnaware: isUnaware)
    }

    mutating func leave(_ person: Int) {
        let end = end
        seats[person]?.until = end
    }

    mutating func forget(_ person: Int) -> Bool {
        guard let seat = seats[person] else { return false }
        if seat.until != nil {
            seats[person] = nil
            return true
        }
        guard !seat.isUnaware else { return false }
        let end = end
        seats[person]?.after = end
        seats[person]?.isListed = false
        return true
    }
}
