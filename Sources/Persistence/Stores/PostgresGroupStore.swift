package import Model

/// Groups of people in the `core` schema: who makes, joins, leads and leaves them. Each change is decided and done in one
/// transaction, so that of two at once that cannot both be right one is refused.
package struct PostgresGroupStore: Sendable {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// Why a change was refused, by the word of the schema's functions.
    package enum Refusal: String, Error, Hashable, Sendable {
        /// Who asks is in no such group; for them there is none.
        case notFound = "not_found"
        /// The other person is not in it.
        case noMember = "no_member"
        /// Their role does not allow it.
        case forbidden
        /// Who owns a group hands it over first.
        case isOwner = "owner"
        /// There is a group of that id.
        case taken
        /// Somebody is in as many groups as they may be in.
        case tooManyGroups = "too_many"
        /// As many people are in it as may be.
        case full
        /// There is no such user.
        case noUser = "no_user"
    }

    /// Devices that left with their owners.
    package struct Departure: Hashable, Sendable {
        /// Now inactive.
        package var devices: [Device]
        /// Whether nobody is left.
        package var isDissolved: Bool
    }

    // MARK: Seeing

    /// The groups somebody is in, by when they joined.
    package func groups(of user: UserID) async throws(DeviceStoreError) -> [PeopleGroup] {
        try await run(GroupStatements.ofUser.with(user.rawValue)).rows.compactMap(PeopleGroup.init)
    }

    /// A group somebody is in.
    package func group(_ id: GroupID, of user: UserID) async throws(DeviceStoreError) -> PeopleGroup? {
        let result = try await run(GroupStatements.one.with(user.rawValue, id.rawValue))
        return result.rowCount == 0 ? nil : PeopleGroup(row: result[0])
    }

    /// Everybody in a group that `user` is in, by when they joined; nobody if they are not.
    package func members(of id: GroupID, for user: UserID) async throws(DeviceStoreError) -> [PeopleGroupMember] {
        try await run(GroupStatements.members.with(user.rawValue, id.rawValue)).rows.compactMap(PeopleGroupMember.init)
    }

    // MARK: Changing

    /// - Parameter membershipLimit: Groups that somebody may be in.
    package func make(
        _ id: GroupID, named name: String, by user: UserID, membershipLimit: Int, at now: Timestamp
    ) async throws(DeviceStoreError) -> Refusal? {
        try await outcome(
            GroupStatements.make.with(user.rawValue, id.rawValue, name, Int32(clamping: membershipLimit), now),
            done: "made")
    }

    package func rename(
        _ id: GroupID, to name: String, by user: UserID
    ) async throws(DeviceStoreError) -> Refusal? {
        try await outcome(GroupStatements.rename.with(user.rawValue, id.rawValue, name))
    }

    /// Ends the membership of `leaver`, who is `actor` or whom they may remove, and deactivates their devices in the group.
    package func endMembership(
        of leaver: UserID, in id: GroupID, by actor: UserID, at now: Timestamp
    ) async throws(DeviceStoreError) -> Result<Departure, Refusal> {
        try await departure(
            GroupStatements.endMembership.with(actor.rawValue, leaver.rawValue, id.rawValue, now))
    }

    /// Ends all memberships, and deactivates all devices of people in it.
    package func dissolve(
        _ id: GroupID, by actor: UserID, at now: Timestamp
    ) async throws(DeviceStoreError) -> Result<Departure, Refusal> {
        try await departure(GroupStatements.dissolve.with(actor.rawValue, id.rawValue, now))
    }

    /// - Parameter role: Not `owner`.
    package func changeRole(
        of member: UserID, to role: GroupRole, in id: GroupID, by actor: UserID
    ) async throws(DeviceStoreError) -> Refusal? {
        precondition(role != .owner, "a group is handed over")
        return try await outcome(
            GroupStatements.changeRole.with(actor.rawValue, member.rawValue, id.rawValue, role.rawValue))
    }

    /// Makes `member` the owner, and `actor` an admin.
    package func handOver(
        _ id: GroupID, to member: UserID, by actor: UserID
    ) async throws(DeviceStoreError) -> Refusal? {
        try await outcome(GroupStatements.handOver.with(actor.rawValue, member.rawValue, id.rawValue))
    }

    /// Makes somebody the owner of a group, whoever made it.
    ///
    /// - Parameters:
    ///   - memberLimit: People in a group.
    ///   - membershipLimit: Groups that somebody may be in.
    /// - Returns: Whether they have joined with it.
    package func appointOwner(
        _ user: UserID, of id: GroupID, memberLimit: Int, membershipLimit: Int, at now: Timestamp
    ) async throws(DeviceStoreError) -> Result<Bool, Refusal> {
        let query = GroupStatements.appointOwner.with(
            user.rawValue, id.rawValue, Int32(clamping: memberLimit), Int32(clamping: membershipLimit), now)
        let word = try await run(query)[0].text(0)
        switch word {
        case "joined": return .success(true)
        case "done": return .success(false)
        default: return .failure(try PostgresGroupStore.refusal(word))
        }
    }

    // MARK: Asking

    private func outcome(
        _ query: PostgresQuery, done: String = "done"
    ) async throws(DeviceStoreError) -> Refusal? {
        let word = try await run(query)[0].text(0)
        return word == done ? nil : try PostgresGroupStore.refusal(word)
    }

    private func departure(_ query: PostgresQuery) async throws(DeviceStoreError) -> Result<Departure, Refusal> {
        let result = try await run(query)
        guard result.rowCount > 0 else { throw .failed(sqlState: "XX000") }
        let word = result[0].text(0)
        guard word == "left" || word == "dissolved" else { return .failure(try PostgresGroupStore.refusal(word)) }
        let devices = result.rows.compactMap { row in
            row.uniqueID(1).flatMap { Device(row: row, from: 2, id: DeviceID($0)) }
        }
        return .success(Departure(devices: devices, isDissolved: word == "dissolved"))
    }

    private static func refusal(_ word: String?) throws(DeviceStoreError) -> Refusal {
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

extension PeopleGroup {
    /// From the columns of ``GroupStatements``; `nil` if one of them is null.
    fileprivate init?(row: PostgresRow) {
        guard let id = row.text(0).flatMap({ GroupID($0) }), let name = row.text(1),
            let role = row.text(2).flatMap(GroupRole.init), let count = row.int64(3), let createdAt = row.timestamp(4)
        else { return nil }
        self.init(id: id, name: name, role: role, memberCount: Int(clamping: count), createdAt: createdAt)
    }
}

extension PeopleGroupMember {
    fileprivate init?(row: PostgresRow) {
        guard let person = Person(row: row, from: 0), let role = row.text(3).flatMap(GroupRole.init),
            let joinedAt = row.timestamp(4)
        else { return nil }
        let devices = (row.text(5) ?? "").split(separator: ",").compactMap { DeviceID($0) }
        self.init(person: person, role: role, joinedAt: joinedAt, devices: devices)
    }
}
