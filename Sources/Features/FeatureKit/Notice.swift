package import Model

/// Something that somebody is to be told while they are away. Never holds a text: what tells of it shows no more than that
/// there is something.
package struct Notice: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A message in a conversation of two.
        case directMessage = "direct_message"
        /// A message in any other conversation.
        case groupMessage = "group_message"
        /// A message that names the recipient.
        case mention
        /// Into a group.
        case invitation
    }

    package var recipient: UserID
    package var kind: Kind
    /// Where it was said; nothing for what was said nowhere.
    package var conversation: ConversationID?
    /// The message's number there; of several gathered, the newest.
    package var seq: Int64?
    /// Who it came from; of several gathered, the last.
    package var sender: UserID?

    package init(
        to recipient: UserID, _ kind: Kind, conversation: ConversationID? = nil, seq: Int64? = nil,
        from sender: UserID? = nil
    ) {
        self.recipient = recipient
        self.kind = kind
        self.conversation = conversation
        self.seq = seq
        self.sender = sender
    }
}
