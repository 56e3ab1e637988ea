package import Model
package import Wire

/// A message on its way to be stored.
package struct NewMessage: Hashable, Sendable {
    package var conversation: ConversationID
    package var sender: UserID
    /// Chosen by the client; a sender's second message of that name in that conversation is the first one again.
    package var clientID: UniqueID
    package var text: MessageText
    /// The number of the message that it answers.
    package var replyTo: Int64?
    package var attachment: ChatAttachment?

    package init(
        conversation: ConversationID, sender: UserID, clientID: UniqueID, text: MessageText, replyTo: Int64? = nil,
        attachment: ChatAttachment? = nil
    ) {
        self.conversation = conversation
        self.sender = sender
        self.clientID = clientID
        self.text = text
        self.replyTo = replyTo
        self.attachment = attachment
    }
}

/// What became of a ``NewMessage``.
package enum AppendOutcome: Hashable, Sendable {
    /// It is in Postgres, under a number that no other message of the conversation has or will have.
    case stored(Stored)
    /// It has been since it first came.
    case duplicate(seq: Int64, sentAt: Timestamp)
    /// The sender is not in the conversation, or there is none: the client cannot tell which.
    case notMember
    /// A direct message to somebody the sender blocks.
    case recipientBlocked
    /// `replyTo` is no message that the sender sees.
    case unknownReply

    package struct Stored: Hashable, Sendable {
        package var seq: Int64
        /// Never before that of a smaller number.
        package var sentAt: Timestamp
        /// The other one of a direct conversation blocks the sender: nobody but the sender ever sees or hears of it, and
        /// the sender is told nothing of that (docs/adr/0030).
        package var isWithheld: Bool
        /// Who did not have the conversation in their list, and has it now.
        package var revealedTo: [UserID]
        /// The conversation's (``ConversationState/membersVersion``) when it was stored: by another one than is known, it is
        /// not known who hears of it.
        package var membersVersion: Int64

        package init(
            seq: Int64, sentAt: Timestamp, isWithheld: Bool = false, revealedTo: [UserID] = [],
            membersVersion: Int64 = 0
        ) {
            self.seq = seq
            self.sentAt = sentAt
            self.isWithheld = isWithheld
            self.revealedTo = revealedTo
            self.membersVersion = membersVersion
        }
    }
}

/// How far somebody has read.
package struct ReadMark: Hashable, Sendable {
    package var conversation: ConversationID
    package var user: UserID
    package var seq: Int64

    package init(conversation: ConversationID, user: UserID, seq: Int64) {
        self.conversation = conversation
        self.user = user
        self.seq = seq
    }
}

/// What became of a ``ReadMark``.
package enum ReadOutcome: Hashable, Sendable {
    /// Where the mark stands now: it never goes back.
    ///
    /// - Parameter moved: Whether it stood elsewhere before.
    case marked(seq: Int64, moved: Bool)
    /// There is no message of that number yet.
    case beyondEnd
    case notMember
}
