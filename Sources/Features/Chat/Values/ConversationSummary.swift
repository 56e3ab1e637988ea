internal import Model
internal import Persistence
internal import Wire

/// A conversation as one person sees it in their list.
struct ConversationSummary: Sendable {
    var id: ConversationID
    var kind: ConversationKind
    /// A group conversation's own, or the location group's if it has one.
    var name: String?
    /// Of a location conversation.
    var group: GroupID?
    var createdAt: Timestamp
    /// The number of the newest message they see.
    var lastSeq: Int64
    var lastChange: Int64
    var lastMessage: ChatMessage?
    /// Of others, not deleted; at most ``ConversationLimits/countedUnread``.
    var unreadCount: Int
    var readSeq: Int64
    var mutedUntil: Timestamp?
    /// Since then they only see what was said before.
    var leftAt: Timestamp?
    /// Where it stands in the list: when the newest message they see was sent, or when they came.
    var position: PostgresMoment
    /// Everybody, of one that is looked at; both people of a direct one in a list; else nothing.
    var members: [ListedMember]?
}

/// Somebody in a conversation as the others see them.
struct ListedMember: Sendable {
    var user: UserID
    var username: String
    var displayName: String
    var role: ConversationRole
    var joinedAt: Timestamp
    var readSeq: Int64
}
