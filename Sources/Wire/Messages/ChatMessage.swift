package import Model

/// A message of a conversation, stored.
package struct ChatMessage: Hashable, Sendable {
    package var conversation: ConversationID
    /// Its number in the conversation, from 1.
    package var sequence: Int64
    /// What its sender called it.
    package var clientID: UniqueID
    package var from: Sender
    package var text: String
    package var sentAt: Timestamp

    package struct Sender: Hashable, Sendable {
        package var user: UserID
        package var displayName: String

        package init(user: UserID, displayName: String) {
            self.user = user
            self.displayName = displayName
        }
    }

    package init(
        conversation: ConversationID, sequence: Int64, clientID: UniqueID, from: Sender, text: String, sentAt: Timestamp
    ) {
        self.conversation = conversation
        self.sequence = sequence
        self.clientID = clientID
        self.from = from
        self.text = text
        self.sentAt = sentAt
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
