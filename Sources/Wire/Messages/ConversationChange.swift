package import Model

/// What became of somebody's conversation, or of a message in it, as the hub tells it.
package enum ConversationChange: String, Hashable, Sendable {
    /// It is among one's conversations now.
    case added
    /// It is no longer.
    case removed
    /// Its name, members or settings changed.
    case updated
}

/// Somebody reacted to a message, or took it back.
package struct ReactionChange: Hashable, Sendable {
    package var conversation: ConversationID
    package var sequence: Int64
    package var emoji: String
    package var user: UserID
    package var added: Bool
    /// The number of the conversation's change.
    package var change: Int64

    package init(
        conversation: ConversationID, sequence: Int64, emoji: String, user: UserID, added: Bool, change: Int64
    ) {
        self.conversation = conversation
        self.sequence = sequence
        self.emoji = emoji
        self.user = user
        self.added = added
        self.change = change
    }
}

/// A person's presence as another person is told it.
package struct UserPresence: Hashable, Sendable {
    package var user: UserID
    /// Never `invisible`.
    package var status: PresenceStatus
    package var note: String?
    /// Rounded down to the minute; nothing if the person does not show it.
    package var lastSeenAt: Timestamp?

    package init(user: UserID, status: PresenceStatus, note: String? = nil, lastSeenAt: Timestamp? = nil) {
        self.user = user
        self.status = status
        self.note = note
        self.lastSeenAt = lastSeenAt
    }
}
