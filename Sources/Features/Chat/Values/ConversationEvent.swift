package import Model
package import Wire

/// Who hears of something in a conversation.
package enum ConversationAudience: Hashable, Sendable {
    /// Everybody who is in it.
    case members
    /// One person's own sessions: the others may not know.
    case only(UserID)
}

/// What has been changed in a conversation by other means than sending, told after the commit.
package enum ConversationEvent: Hashable, Sendable {
    case edited(StoredMessage, ConversationAudience)
    case deleted(ConversationID, seq: Int64, change: Int64, ConversationAudience)
    case reacted(ReactionChange, ConversationAudience)
    /// The mark of a request; those of the stream are the actor's own.
    case read(ConversationID, by: UserID, seq: Int64)
    /// They are in it, or came back. Its state has to be loaded again.
    case added(ConversationID, [UserID])
    /// They have left, or were removed. Its state has to be loaded again.
    case removed(ConversationID, [UserID])
    /// Its name was changed. Everybody hears of it.
    case renamed(ConversationID)
    /// One person's own settings: muted, or deleted for themselves.
    case settings(ConversationID, of: UserID, ConversationChange)

    package var conversation: ConversationID {
        switch self {
        case .edited(let stored, _): stored.message.conversation
        case .reacted(let reaction, _): reaction.conversation
        case .deleted(let id, _, _, _), .read(let id, _, _), .added(let id, _), .removed(let id, _), .renamed(let id),
            .settings(let id, _, _):
            id
        }
    }
}
