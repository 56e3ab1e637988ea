internal import Model
internal import Persistence

/// Invitations in the `accounts` schema, and joining by them, which is decided in one transaction: of two who use the last
/// of an invitation one joins.
struct PostgresInvitationStore: Sendable {
    private let database: Database

    init(database: Database) { self.database = database }

    enum Refusal: String, Error, Hashable, Sendable {
        /// For who asks there is no such group or code.
        case notFound = "not_found"
        case forbidden
        /// The person is a member.
        case isMember = "already"
        /// As many invitations are open as may be, or who joins is in as many groups as they may be in.
        case tooMany = "too_many"
        /// As many people are in the group as may be.
        case full
    }

    // MARK: Inviting

    /// - Parameter invitee: The person's name as it is compared, for one that is sent to a person.
    /// - Returns: Who is to be told of it.
    func invite(
        _ invitation: Invitation, key invitee: String?, by user: UserID, limit: Int
    ) async throws(DeviceStoreError) -> Result<UserID?, Refusal> {
        let query = InvitationStatements.invite.with(
            user.rawValue, invitation.group.rawValue, invitation.id, invitation.code.text, invitation.role.rawValue,
            Int32(clamping: invitation.useLimit), invitation.createdAt, invitation.expiresAt, invitation.invitee,
            invitee, Int32(clamping: limit))
        let row = try await run(query)[0]
        guard row.text(0) == "invited" else { return .failure(try refusal(row.text(0))) }
        return .success(row.uniqueID(1).map(UserID.init))
    }

    /// The open invitations of a group, the newest first, for somebody who may invite.
    func invitations(
        of group: GroupID, for user: UserID, at now: Timestamp
    ) async throws(DeviceStoreError) -> Result<[Invitation], Refusal> {
        if let refusal = try await refusal(of: user, in: group) { return .failure(refusal) }
        let result = try await run(InvitationStatements.ofGroup.with(group.rawValue, now))
        return .success(result.rows.compactMap(Invitation.init))
    }

    func revoke(
        _ id: UniqueID, of group: GroupID, by user: UserID
    ) async throws(DeviceStoreError) -> Refusal? {
        if let refusal = try await refusal(of: user, in: group) { return refusal }
        let result = try await run(InvitationStatements.revoke.with(group.rawValue, id))
        return result.affectedRows > 0 ? nil : .notFound
    }

    /// Why somebody may not see or revoke a group's invitations.
    private func refusal(of user: UserID, in group: GroupID) async throws(DeviceStoreError) -> Refusal? {
        let result = try await run(InvitationStatements.role.with(group.rawValue, user.rawValue))
        guard result.rowCount == 1, let role = result[0].text(0).flatMap(GroupRole.init) else { return .notFound }
        return role == .member ? .forbidden : nil
    }

    // MARK: Being invited

    func invitation(
        _ code: InvitationCode, for user: UserID, at now: Timestamp
    ) async throws(DeviceStoreError) -> ReceivedInvitation? {
        let result = try await run(InvitationStatements.withCode.with(code.text, user.rawValue, now))
        return result.rowCount == 0 ? nil : ReceivedInvitation(row: result[0])
    }

    /// Those that were sent to somebody and are open, the newest first.
    func received(
        by user: UserID, at now: Timestamp, before id: UniqueID?, limit: Int
    ) async throws(DeviceStoreError) -> [ReceivedInvitation] {
        let end = id ?? UniqueID(high: .max, low: .max)
        let query = InvitationStatements.sentTo.with(user.rawValue, now, end, Int32(clamping: limit))
        return try await run(query).rows.compactMap(ReceivedInvitation.init)
    }

    /// - Returns: Whether there was one for that person.
    func decline(_ code: InvitationCode, by user: UserID) async throws(DeviceStoreError) -> Bool {
        try await run(InvitationStatements.decline.with(code.text, user.rawValue)).affectedRows > 0
    }

    /// What became of following an invitation.
    struct Joining: Hashable, Sendable {
        var group: GroupID
        /// Not if they were a member before.
        var isNew: Bool
    }

    func join(
        _ code: InvitationCode, by user: UserID, limits: PeopleLimits, at now: Timestamp
    ) async throws(DeviceStoreError) -> Result<Joining, Refusal> {
        let query = InvitationStatements.join.with(
            user.rawValue, code.text, Int32(clamping: limits.members), Int32(clamping: limits.memberships), now)
        let row = try await run(query)[0]
        let word = row.text(0)
        guard word == "joined" || word == "already" else { return .failure(try refusal(word)) }
        guard let group = row.text(1).flatMap({ GroupID($0) }) else { throw .failed(sqlState: "XX000") }
        return .success(Joining(group: group, isNew: word == "joined"))
    }

    /// Part of the transaction that makes the account of who joins, which fails unless they do.
    static func joiningFirst(_ code: InvitationCode, by user: UserID, at now: Timestamp) -> PostgresQuery {
        let limits = PeopleLimits()
        return InvitationStatements.joinFirst.with(
            user.rawValue, code.text, Int32(clamping: limits.members), Int32(clamping: limits.memberships), now)
    }

    // MARK: Asking

    private func refusal(_ word: String?) throws(DeviceStoreError) -> Refusal {
        guard let refusal = word.flatMap(Refusal.init) else { throw .failed(sqlState: "XX000") }
        return refusal
    }

    private func run(_ query: PostgresQuery) async throws(DeviceStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await database.retryingQuery(query)
        } catch {
            throw DeviceStoreError(error)
        }
    }
}

extension Invitation {
    fileprivate init?(row: PostgresRow) {
        guard let id = row.uniqueID(0), let group = row.text(1).flatMap({ GroupID($0) }),
            let code = row.text(2).flatMap({ InvitationCode($0) }), let role = row.text(3).flatMap(GroupRole.init),
            let limit = row.int32(5), let uses = row.int32(6), let createdAt = row.timestamp(7),
            let expiresAt = row.timestamp(8)
        else { return nil }
        self.init(
            id: id, group: group, code: code, role: role, invitee: row.text(4), useLimit: Int(limit), uses: Int(uses),
            createdAt: createdAt, expiresAt: expiresAt)
    }
}

extension ReceivedInvitation {
    fileprivate init?(row: PostgresRow) {
        guard let id = row.uniqueID(0), let code = row.text(1).flatMap({ InvitationCode($0) }),
            let groupName = row.text(2), let count = row.int64(3), let inviter = row.text(4),
            let role = row.text(5).flatMap(GroupRole.init), let createdAt = row.timestamp(6),
            let expiresAt = row.timestamp(7)
        else { return nil }
        self.init(
            id: id, code: code, groupName: groupName, memberCount: Int(clamping: count), inviterName: inviter,
            role: role, createdAt: createdAt, expiresAt: expiresAt)
    }
}
