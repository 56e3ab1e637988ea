package import Model

/// People in the `core` schema: whose a device is, who is in which group, who blocks whom.
package struct PostgresPeopleStore: PeopleStore {
    private let database: Database

    package init(database: Database) { self.database = database }

    // MARK: What a user may see

    package func owner(of device: DeviceID) async throws(DeviceStoreError) -> UserID? {
        let result = try await run(PeopleStatements.owner.with(device.rawValue))
        return result.rowCount == 0 ? nil : result[0].uniqueID(0).map(UserID.init)
    }

    package func isMember(_ user: UserID, of group: GroupID) async throws(DeviceStoreError) -> Bool {
        try await run(PeopleStatements.isMember.with(user.rawValue, group.rawValue))[0].bool(0) ?? false
    }

    package func ended(among memberships: Set<Membership>) async throws(DeviceStoreError) -> Set<Membership> {
        guard !memberships.isEmpty else { return [] }
        let asked = Array(memberships)
        var parameters = PostgresParameters()
        parameters.append(column: asked) { $0.user.rawValue }
        parameters.append(column: asked) { $0.group.rawValue }
        let result = try await run(PostgresQuery(PeopleStatements.ended, parameters))
        var ended: Set<Membership> = []
        for row in result.rows {
            guard let user = row.uniqueID(0), let group = row.text(1).flatMap(GroupID.init) else { continue }
            ended.insert(Membership(of: UserID(user), in: group))
        }
        return ended
    }

    // MARK: Devices

    /// What became of a registration by a user.
    package enum Registration: Hashable, Sendable {
        case registered(RegistrationOutcome)
        /// There is no such group, or the user is not in it.
        case notMember
        /// The device is somebody else's, or nobody's.
        case taken
        /// They have as many as they may have.
        case tooManyDevices
    }

    /// Registers a device of a user's, which must be theirs or new, in a group they are in. All of it is decided in one
    /// transaction: their number of devices under their row's lock, the group's under the group's.
    ///
    /// - Parameters:
    ///   - deviceLimit: Active devices of a user; ten times as many may be theirs, active or not.
    ///   - groupLimit: Active devices of a group.
    /// - Throws: `groupFull` among others.
    package func register(
        _ registration: DeviceRegistration, by user: UserID, deviceLimit: Int, groupLimit: Int, at now: Timestamp
    ) async throws(DeviceStoreError) -> Registration {
        let result = try await run(
            DeviceStatements.registering(registration, limit: groupLimit, at: now, by: user, deviceLimit: deviceLimit))
        guard result.rowCount == 1 else { throw .failed(sqlState: "XX000") }
        switch result[0].text(0) {
        case "no_group": return .notMember
        case "taken": return .taken
        case "too_many": return .tooManyDevices
        default:
            return .registered(
                try RegistrationOutcome(registrationRow: result[0], of: registration.id, limit: groupLimit))
        }
    }

    /// All devices of a user, the active ones first, then by age.
    package func devices(of user: UserID) async throws(DeviceStoreError) -> [Device] {
        try await run(PeopleStatements.devices.with(user.rawValue)).rows.compactMap { row in
            row.uniqueID(0).flatMap { Device(row: row, from: 1, id: DeviceID($0)) }
        }
    }

    // MARK: Other people

    /// Somebody, and whether who asks shares a group with them or is them.
    package func person(
        _ id: UserID, seenBy user: UserID
    ) async throws(DeviceStoreError) -> (person: Person, sharesGroup: Bool)? {
        let result = try await run(PeopleStatements.person.with(user.rawValue, id.rawValue))
        guard result.rowCount == 1, let person = Person(row: result[0], from: 0) else { return nil }
        return (person, result[0].bool(3) ?? false)
    }

    /// Who is called that, and whether they are to be found by who asks only if the two share something else: they block
    /// whoever asks, and share no group with them.
    ///
    /// - Parameter key: The name as it is compared.
    package func person(
        named key: String, seenBy user: UserID
    ) async throws(DeviceStoreError) -> (person: Person, isHidden: Bool)? {
        let result = try await run(PeopleStatements.named.with(user.rawValue, key))
        guard result.rowCount == 1, let person = Person(row: result[0], from: 0), let isSeen = result[0].bool(3) else {
            return nil
        }
        return (person, !isSeen)
    }

    // MARK: Blocks

    package enum Blocking: String, Hashable, Sendable {
        case done
        case notFound = "not_found"
        case tooMany = "too_many"
    }

    /// Blocks somebody; one who is blocked stays so.
    ///
    /// - Parameter limit: How many somebody may block.
    package func block(
        _ other: UserID, by user: UserID, limit: Int, at now: Timestamp
    ) async throws(DeviceStoreError) -> Blocking {
        let result = try await run(
            PeopleStatements.block.with(user.rawValue, other.rawValue, Int32(clamping: limit), now))
        guard let outcome = result[0].text(0).flatMap(Blocking.init) else { throw .failed(sqlState: "XX000") }
        return outcome
    }

    /// - Returns: Whether they were blocked.
    package func unblock(_ other: UserID, by user: UserID) async throws(DeviceStoreError) -> Bool {
        try await run(PeopleStatements.unblock.with(user.rawValue, other.rawValue)).affectedRows > 0
    }

    /// Whom a user blocks, by id, and since when.
    package func blocked(
        by user: UserID, after other: UserID?, limit: Int
    ) async throws(DeviceStoreError) -> [(person: Person, since: Timestamp)] {
        let start = other?.rawValue ?? UniqueID(high: 0, low: 0)
        let result = try await run(PeopleStatements.blocked.with(user.rawValue, start, Int32(clamping: limit)))
        return result.rows.compactMap { row in
            guard let person = Person(row: row, from: 0), let since = row.timestamp(3) else { return nil }
            return (person, since)
        }
    }

    private func run(_ query: PostgresQuery) async throws(DeviceStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await database.retryingQuery(query)
        } catch {
            throw DeviceStoreError(error)
        }
    }
}
