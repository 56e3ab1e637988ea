internal import Model

/// A way into a group, for whoever has the code or for one person.
struct Invitation: Hashable, Sendable {
    var id: UniqueID
    var group: GroupID
    var code: InvitationCode
    /// Not `owner`.
    var role: GroupRole
    /// To whom it was sent, as the name was written; nothing for whoever has the code.
    var invitee: String?
    /// 1…100.
    var useLimit: Int
    var uses: Int
    var createdAt: Timestamp
    var expiresAt: Timestamp
}

/// An invitation as the one who may follow it is shown it.
struct ReceivedInvitation: Hashable, Sendable {
    var id: UniqueID
    var code: InvitationCode
    var groupName: String
    var memberCount: Int
    var inviterName: String
    var role: GroupRole
    var createdAt: Timestamp
    var expiresAt: Timestamp
}
