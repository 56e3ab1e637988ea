package import Model

/// A message of a conversation, stored.
package struct ChatMessage: Hashable, Sendable {
    package var conversation: ConversationID
    /// Its number in the conversation, from 1.
    package var sequence: Int64
    /// What its sender called it.
    package var clientID: UniqueID
    /// Nothing once the account is gone.
    package var from: Sender?
    /// Nothing once it was deleted.
    package var text: String?
    package var sentAt: Timestamp
    package var editedAt: Timestamp?
    package var deletedAt: Timestamp?
    /// The number of the conversation's change that last touched it; nothing while it is as it was sent.
    package var change: Int64?
    /// The number of the message that it answers.
    package var replyTo: Int64?
    package var attachment: ChatAttachment?
    package var reactions: [Reaction] = []

    package struct Sender: Hashable, Sendable {
        package var user: UserID
        package var displayName: String

        package init(user: UserID, displayName: String) {
            self.user = user
            self.displayName = displayName
        }
    }

    /// One emoji and who reacted with it.
    package struct Reaction: Hashable, Sendable {
        package var emoji: String
        package var users: [UserID]

        package init(emoji: String, users: [UserID]) {
            self.emoji = emoji
            self.users = users
        }
    }

    package init(
        conversation: ConversationID, sequence: Int64, clientID: UniqueID, from: Sender?, text: String?,
        sentAt: Timestamp, editedAt: Timestamp? = nil, deletedAt: Timestamp? = nil, change: Int64? = nil,
        replyTo: Int64? = nil, attachment: ChatAttachment? = nil, reactions: [Reaction] = []
    ) {
        self.conversation = conversation
        self.sequence = sequence
        self.clientID = clientID
        self.from = from
        self.text = text
        self.sentAt = sentAt
        self.editedAt = editedAt
        self.deletedAt = deletedAt
        self.change = change
        self.replyTo = replyTo
        self.attachment = attachment
        self.reactions = reactions
    }
}

/// Some of a conversation's messages in order, in answer to `sync`.
package struct ChatPage: Hashable, Sendable {
    package var re: Int64?
    package var conversation: ConversationID
    package var messages: [ChatMessage]
    /// Another page follows.
    package var more: Bool

    package init(re: Int64?, conversation: ConversationID, messages: [ChatMessage], more: Bool) {
        self.re = re
        self.conversation = conversation
        self.messages = messages
        self.more = more
    }
}
