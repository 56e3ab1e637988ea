import Chat
import Model
import Wire

/// Who hears what of a direct conversation and a group, said as simply as it can be: what each person must have heard, in that
/// order, but for answers to themselves.
struct HearingModel {
    struct Message {
        let sender: UserID
        var isWithheld: Bool
        var isDeleted = false
        var reactions: [Reaction: Bool] = [:]
    }

    struct Reaction: Hashable {
        let user: UserID
        let emoji: String
    }

    struct Talk {
        let isDirect: Bool
        /// Those who take part and know it, and the number after which they see.
        var members: [UserID: Int64]
        /// Added by somebody they block.
        var unaware: Set<UserID> = []
        var messages: [Message] = []
        var reads: [UserID: Int64] = [:]
        var typing: Set<UserID> = []

        var lastSeq: Int64 { Int64(messages.count) }
    }

    var talks: [ConversationID: Talk] = [:]
    var blocks: Set<Block> = []
    private(set) var heard: [UserID: [String]] = [:]

    // MARK: Rules

    func isMember(_ user: UserID, of talk: ConversationID) -> Bool { talks[talk]?.members[user] != nil }

    /// Whether the other one of a direct conversation blocks them, or they the other one.
    func blocks(in talk: ConversationID, of user: UserID) -> (mine: Bool, theirs: Bool) {
        guard let found = talks[talk], found.isDirect, let other = found.members.keys.first(where: { $0 != user })
        else {
            return (false, false)
        }
        return (
            blocks.contains(Block(blocker: user, blocked: other)), blocks.contains(Block(blocker: other, blocked: user))
        )
    }

    /// The message if they may see it and it is not deleted.
    func message(_ number: Int64, of talk: ConversationID, for user: UserID) -> Message? {
        guard let found = talks[talk], let after = found.members[user], number > after, number <= found.lastSeq else {
            return nil
        }
        let message = found.messages[Int(number) - 1]
        return message.isDeleted || message.isWithheld && message.sender != user ? nil : message
    }

    // MARK: What happens

    /// - Returns: Whether it is taken.
    mutating func send(_ talk: ConversationID, by user: UserID) -> Bool {
        let (mine, theirs) = blocks(in: talk, of: user)
        guard isMember(user, of: talk), !mine else { return false }
        talks[talk]?.messages.append(Message(sender: user, isWithheld: theirs))
        talks[talk]?.typing.remove(user)
        let number = talks[talk]?.lastSeq ?? 0
        if !theirs { tell(talk, about: number, except: user) { _ in "message \(number)" } }
        return true
    }

    mutating func edit(_ number: Int64, of talk: ConversationID, by user: UserID, _ text: String) -> Bool {
        let (mine, theirs) = blocks(in: talk, of: user)
        guard let message = message(number, of: talk, for: user), message.sender == user, !mine else { return false }
        let line = { (reader: UserID) in
            let shown = message.reactions.filter { !$0.value || $0.key.user == reader }.keys
            return "edited \(number) \(text) \(shown.map { "\($0.emoji)\($0.user)" }.sorted())"
        }
        tell(talk, about: number, only: message.isWithheld || theirs ? user : nil, line)
        return true
    }

    mutating func delete(_ number: Int64, of talk: ConversationID, by user: UserID) -> Bool {
        guard let message = message(number, of: talk, for: user), message.sender == user else { return false }
        talks[talk]?.messages[Int(number) - 1].isDeleted = true
        talks[talk]?.messages[Int(number) - 1].reactions = [:]
        tell(talk, about: number, only: message.isWithheld ? user : nil) { _ in "deleted \(number)" }
        return true
    }

    /// - Returns: Whether it is allowed; it may be as asked already.
    mutating func react(_ number: Int64, of talk: ConversationID, by user: UserID, _ emoji: String, added: Bool) -> Bool
    {
        let (mine, theirs) = blocks(in: talk, of: user)
        guard let message = message(number, of: talk, for: user), !(added && mine) else { return false }
        let reaction = Reaction(user: user, emoji: emoji)
        let known = message.reactions[reaction]
        guard (known != nil) != added else { return true }
        let isWithheld = known ?? (message.isWithheld || theirs)
        talks[talk]?.messages[Int(number) - 1].reactions[reaction] = added ? isWithheld : nil
        tell(talk, about: number, only: isWithheld ? user : nil) { _ in "reaction \(number) \(emoji) \(user) \(added)" }
        return true
    }

    mutating func read(_ number: Int64, of talk: ConversationID, by user: UserID) -> Bool {
        guard let found = talks[talk], found.members[user] != nil, number <= found.lastSeq else { return false }
        guard number > found.reads[user] ?? 0 else { return true }
        talks[talk]?.reads[user] = number
        tell(talk, except: user) { _ in "read \(user) \(number)" }
        return true
    }

    mutating func type(_ isTyping: Bool, in talk: ConversationID, by user: UserID) -> Bool {
        guard isMember(user, of: talk) else { return false }
        if isTyping {
            talks[talk]?.typing.insert(user)
        } else {
            guard talks[talk]?.typing.remove(user) != nil else { return true }
        }
        let (mine, theirs) = blocks(in: talk, of: user)
        if !mine, !theirs { tell(talk, except: user) { _ in "typing \(user) \(isTyping)" } }
        return true
    }

    mutating func add(_ user: UserID, to talk: ConversationID, by adder: UserID) {
        var isNew = false
        if isMember(user, of: talk) {
            // Nothing changes.
        } else if blocks.contains(Block(blocker: user, blocked: adder)) {
            talks[talk]?.unaware.insert(user)
        } else {
            isNew = true
            talks[talk]?.unaware.remove(user)
            let end = talks[talk]?.lastSeq ?? 0
            talks[talk]?.members[user] = end
            talks[talk]?.reads[user] = end
            hear(user, "\(talk) added")
        }
        tell(talk, except: isNew ? user : nil) { _ in "updated" }
    }

    /// They leave, or are removed.
    mutating func remove(_ user: UserID, from talk: ConversationID) {
        if talks[talk]?.unaware.remove(user) == nil {
            talks[talk]?.members[user] = nil
            talks[talk]?.typing.remove(user)
            hear(user, "\(talk) removed")
        }
        tell(talk) { _ in "updated" }
    }

    // MARK: Telling

    private mutating func tell(
        _ talk: ConversationID, about number: Int64 = .max, only: UserID? = nil, except: UserID? = nil,
        _ line: (UserID) -> String
    ) {
        for (user, after) in talks[talk]?.members ?? [:]
        where number > after && user != except && (only ?? user) == user {
            hear(user, "\(talk) \(line(user))")
        }
    }

    private mutating func hear(_ user: UserID, _ line: String) { heard[user, default: []].append(line) }
}

extension HubMessage {
    /// What ``HearingModel`` says of it; nothing if it is an answer.
    var heard: String? {
        switch self {
        case .message(let message): "\(message.conversation) message \(message.sequence)"
        case .edited(let message):
            """
            \(message.conversation) edited \(message.sequence) \(message.text ?? "") \
            \(message.reactions.flatMap { reaction in reaction.users.map { "\(reaction.emoji)\($0)" } }.sorted())
            """
        case .deleted(let talk, let number, _): "\(talk) deleted \(number)"
        case .reaction(let reaction):
            """
            \(reaction.conversation) reaction \(reaction.sequence) \(reaction.emoji) \(reaction.user) \(reaction.added)
            """
        case .conversation(let talk, let change): "\(talk) \(change)"
        case .typing(let talk, let user, let isTyping): "\(talk) typing \(user) \(isTyping)"
        case .read(let talk, let user, let number): "\(talk) read \(user) \(number)"
        default: nil
        }
    }
}
