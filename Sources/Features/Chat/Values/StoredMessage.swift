package import Model
package import Wire

/// A message as it is stored, for whoever tells it to several people: one reading serves all, each is shown their own.
package struct StoredMessage: Hashable, Sendable {
    /// As those see it who did not send it; without reactions.
    package var message: ChatMessage
    /// What the sender sees in place of the text, edited while the other one blocked them.
    package var ownText: String?
    package var ownEditedAt: Timestamp?
    /// Nobody but the sender sees it.
    package var isWithheld: Bool
    /// The oldest first.
    package var reactions: [Reaction]

    package struct Reaction: Hashable, Sendable {
        package var emoji: String
        package var user: UserID
        /// Nobody but `user` sees it.
        package var isWithheld: Bool

        package init(emoji: String, user: UserID, isWithheld: Bool) {
            self.emoji = emoji
            self.user = user
            self.isWithheld = isWithheld
        }
    }

    package init(
        message: ChatMessage, ownText: String? = nil, ownEditedAt: Timestamp? = nil, isWithheld: Bool = false,
        reactions: [Reaction] = []
    ) {
        self.message = message
        self.ownText = ownText
        self.ownEditedAt = ownEditedAt
        self.isWithheld = isWithheld
        self.reactions = reactions
    }

    /// What somebody who takes part sees of it, by the rules of `VisibleMessages`; nothing if they do not see it.
    package func seen(by member: ConversationMember) -> ChatMessage? {
        message.sequence > member.visibleAfter ? seen(by: member.user) : nil
    }

    /// As above, of somebody who was there when it was said.
    package func seen(by user: UserID) -> ChatMessage? {
        let isOwn = message.from?.user == user
        guard !isWithheld || isOwn else { return nil }
        var seen = message
        if isOwn {
            seen.text = ownText ?? message.text
            seen.editedAt = ownEditedAt ?? message.editedAt
        }
        for reaction in reactions where !reaction.isWithheld || reaction.user == user {
            if let index = seen.reactions.firstIndex(where: { $0.emoji == reaction.emoji }) {
                seen.reactions[index].users.append(reaction.user)
            } else {
                seen.reactions.append(ChatMessage.Reaction(emoji: reaction.emoji, users: [reaction.user]))
            }
        }
        return seen
    }

    /// What each of `members` is shown, and to whom: the same message to all who see the same.
    func shown(to members: [ConversationMember]) -> [(message: ChatMessage, to: [ConversationMember])] {
        var shown: [(message: ChatMessage, to: [ConversationMember])] = []
        for member in members {
            guard let seen = seen(by: member) else { continue }
            if let index = shown.firstIndex(where: { $0.message == seen }) {
                shown[index].to.append(member)
            } else {
                shown.append((message: seen, to: [member]))
            }
        }
        return shown
    }
}

/// Some of a conversation's messages as they are stored, the smallest number first.
package struct StoredPage: Hashable, Sendable {
    package var messages: [StoredMessage]
    /// There are others of the range.
    package var hasMore: Bool
    /// The conversation's (``ConversationState/membersVersion``) at the moment of the page.
    package var membersVersion: Int64

    package init(messages: [StoredMessage], hasMore: Bool, membersVersion: Int64) {
        self.messages = messages
        self.hasMore = hasMore
        self.membersVersion = membersVersion
    }
}
