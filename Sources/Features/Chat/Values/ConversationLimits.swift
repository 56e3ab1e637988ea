/// How much a conversation may hold, and for how long what.
package enum ConversationLimits {
    /// People in a group conversation.
    static let members = 100
    /// Unread messages of one conversation that are counted; more are told as this many.
    static let countedUnread = 1000
    /// Messages of one page.
    static let page = 200
    /// Different reactions of one person to one message.
    static let reactions = 10
    /// Unicode scalars in the name of a group conversation.
    static let nameLengths = 1...100
    /// Unicode scalars in what is searched for.
    static let searchLengths = 1...200
    /// How long after it was sent a message may be edited or deleted by its sender.
    static let changeTime = Duration.seconds(24 * 3600)
}
