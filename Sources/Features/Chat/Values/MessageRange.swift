package import Wire

/// Which of a conversation's messages are asked for.
package enum MessageRange: Hashable, Sendable {
    /// Those of greater numbers, the smallest first.
    case since(Int64)
    /// Those of smaller numbers, the greatest first taken, in the order of their numbers answered.
    case before(Int64)
    /// Those that were changed later than that change, in the order of their changes.
    case changedSince(Int64)
}

/// Some of the messages that somebody may see of a conversation.
package struct MessagePage: Hashable, Sendable {
    package var messages: [ChatMessage]
    /// There are others, further in the same direction.
    package var hasMore: Bool
    /// The conversation's, as far as the asker may know them: up to where they left it, if they did.
    package var lastSeq: Int64
    package var lastChange: Int64

    package init(messages: [ChatMessage], hasMore: Bool, lastSeq: Int64, lastChange: Int64) {
        self.messages = messages
        self.hasMore = hasMore
        self.lastSeq = lastSeq
        self.lastChange = lastChange
    }
}
