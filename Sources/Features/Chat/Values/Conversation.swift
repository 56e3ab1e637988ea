package import Model

/// What kinds of conversations there are.
package enum ConversationKind: String, Hashable, Sendable {
    /// Of two people; a pair has one.
    case direct
    /// Of those who were added.
    case group
    /// Of the people of a location group, whoever they are.
    case location
}

/// What somebody may do in a conversation.
package enum ConversationRole: String, Hashable, Sendable {
    case owner
    case admin
    case member
}

/// Somebody who is in a conversation now.
package struct ConversationMember: Hashable, Sendable {
    package var user: UserID
    package var displayName: String
    package var role: ConversationRole
    package var joinedAt: Timestamp
    /// They see the messages of greater numbers.
    package var visibleAfter: Int64
    /// Up to where they have read.
    package var readSeq: Int64
    /// Until then they are told of nothing new; in the past if they are.
    package var mutedUntil: Timestamp?

    package init(
        user: UserID, displayName: String, role: ConversationRole, joinedAt: Timestamp, visibleAfter: Int64,
        readSeq: Int64, mutedUntil: Timestamp?
    ) {
        self.user = user
        self.displayName = displayName
        self.role = role
        self.joinedAt = joinedAt
        self.visibleAfter = visibleAfter
        self.readSeq = readSeq
        self.mutedUntil = mutedUntil
    }
}

/// One blocks the other.
package struct Block: Hashable, Sendable {
    package var blocker: UserID
    package var blocked: UserID

    package init(blocker: UserID, blocked: UserID) {
        self.blocker = blocker
        self.blocked = blocked
    }
}

/// A conversation as its actor needs it: who is in it, and where its numbers are.
package struct ConversationState: Hashable, Sendable {
    package var id: ConversationID
    package var kind: ConversationKind
    /// Of a location conversation.
    package var group: GroupID?
    /// The newest message's number; 0 if there is none.
    package var lastSeq: Int64
    /// The number of the newest change of a message; 0 if none was changed.
    package var lastChange: Int64
    /// Those who take part now, and hear what is said. Somebody who was added by a person they block is not among them.
    package var members: [ConversationMember]
    /// Between any two of the members.
    package var blocks: Set<Block>
    /// Counts the changes of who takes part.
    package var membersVersion: Int64

    package init(
        id: ConversationID, kind: ConversationKind, group: GroupID?, lastSeq: Int64, lastChange: Int64,
        members: [ConversationMember], blocks: Set<Block>, membersVersion: Int64 = 0
    ) {
        self.id = id
        self.kind = kind
        self.group = group
        self.lastSeq = lastSeq
        self.lastChange = lastChange
        self.members = members
        self.blocks = blocks
        self.membersVersion = membersVersion
    }
}
