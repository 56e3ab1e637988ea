import Model

/// Which message of a load it is: the `number`th of a member, both counted from 0. It is its client id's and its text's
/// only source, so that every receiver can tell whether a message is what its sender wrote.
struct MessageName: Hashable, Sendable {
    /// The sender's place in the conversation, below 65,536.
    var member: Int
    /// Below 2³².
    var number: Int

    /// A version 8 UUID, which is for ids of one's own making (RFC 9562, 5.8): the run and the conversation, then the
    /// member and the number.
    ///
    /// - Parameters:
    ///   - run: Tells the runs apart that one database has seen.
    ///   - conversation: The conversation's place in the run, below 65,536.
    func clientID(run: UInt32, conversation: Int) -> UniqueID {
        UniqueID(
            high: UInt64(run) << 32 | UInt64(conversation & 0xffff) << 16 | 0x8000,
            low: 0x8000_0000_0000_0000 | UInt64(member & 0xffff) << 32 | UInt64(number & 0xffff_ffff))
    }

    init(member: Int, number: Int) {
        self.member = member
        self.number = number
    }

    /// Nothing for an id that is not of this run and conversation.
    init?(_ id: UniqueID, run: UInt32, conversation: Int) {
        let name = MessageName(member: Int(id.low >> 32 & 0xffff), number: Int(id.low & 0xffff_ffff))
        guard name.clientID(run: run, conversation: conversation) == id else { return nil }
        self = name
    }

    /// What it says: about as long as people's messages are.
    var text: String {
        "Message \(number) of member \(member): "
            + String(repeating: "so it goes on, ", count: 1 + (number + member) % 6) + "and ends."
    }
}
