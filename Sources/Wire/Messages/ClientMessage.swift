package import Model

/// What a client says to the hub, checked.
package enum ClientMessage: Hashable, Sendable {
    case location(Fix)
    /// 1 to 50 fixes in the order they came, taken all or not at all.
    case locations([Fix])
    case watch(GroupID)
    case unwatch(GroupID)
    case presence(PresenceReport)
    case message(MessageDraft)
    case typing(TypingReport)
    case read(ReadMark)
    case sync([SyncPoint])
    case ping

    /// A device's own word on its user.
    package struct PresenceReport: Hashable, Sendable {
        /// Never `offline`.
        package var status: PresenceStatus
        /// At most 140 Unicode scalars.
        package var note: String?

        package init(status: PresenceStatus, note: String? = nil) {
            self.status = status
            self.note = note
        }
    }

    /// A chat message to be stored.
    package struct MessageDraft: Hashable, Sendable {
        package var conversation: ConversationID
        /// Chosen by the client; sent twice, stored once.
        package var clientID: UniqueID
        /// 1 to 4000 Unicode scalars.
        package var text: String
        /// The number of the message that it answers.
        package var replyTo: Int64?
        package var attachment: ChatAttachment?

        package init(
            conversation: ConversationID, clientID: UniqueID, text: String, replyTo: Int64? = nil,
            attachment: ChatAttachment? = nil
        ) {
            self.conversation = conversation
            self.clientID = clientID
            self.text = text
            self.replyTo = replyTo
            self.attachment = attachment
        }
    }

    package struct TypingReport: Hashable, Sendable {
        package var conversation: ConversationID
        package var isTyping: Bool

        package init(conversation: ConversationID, isTyping: Bool) {
            self.conversation = conversation
            self.isTyping = isTyping
        }
    }

    /// Everything in the conversation up to `sequence` has been read.
    package struct ReadMark: Hashable, Sendable {
        package var conversation: ConversationID
        package var sequence: Int64

        package init(conversation: ConversationID, sequence: Int64) {
            self.conversation = conversation
            self.sequence = sequence
        }
    }

    /// The client has the conversation up to and including `since`.
    package struct SyncPoint: Hashable, Sendable {
        package var conversation: ConversationID
        package var since: Int64

        package init(conversation: ConversationID, since: Int64) {
            self.conversation = conversation
            self.since = since
        }
    }
}

/// A message with the name the client gave it.
package struct ClientEnvelope: Hashable, Sendable {
    /// 0 … 2⁵³−1; the reply carries it as `re`.
    package var id: Int64?
    package var message: ClientMessage

    package init(id: Int64? = nil, _ message: ClientMessage) {
        self.id = id
        self.message = message
    }
}
