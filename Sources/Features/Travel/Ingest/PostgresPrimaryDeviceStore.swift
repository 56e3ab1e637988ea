package import Model
package import Persistence

/// Which device of a user's counts for their record, in Postgres. Callable from any thread.
package struct PostgresPrimaryDeviceStore: Sendable {
    private let database: Database
    private let limits: Limits

    /// What a first device and its group have to keep to.
    package struct Limits: Hashable, Sendable {
        /// Active devices of a group.
        package var devicesPerGroup: Int
        /// Active devices of a user.
        package var devicesPerUser: Int
        /// Groups that a user may be in; the same as when they make one themselves.
        package var memberships = 100

        package init(devicesPerGroup: Int, devicesPerUser: Int) {
            self.devicesPerGroup = devicesPerGroup
            self.devicesPerUser = devicesPerUser
        }
    }

    package init(database: Database, limits: Limits) {
        self.database = database
        self.limits = limits
    }

    /// What became of a user's primary device.
    package enum Settlement: Hashable, Sendable {
        case kept(DeviceID)
        /// It has another name or platform now.
        case changed(DeviceID)
        /// A first device, in a group of its own.
        case made(DeviceID, GroupID)
        /// There is none, and none can be made within the limits.
        case none
        /// The chosen one is not theirs or not active, or there is no such user.
        case notFound
    }

    /// Settles which one it is, and what it is called (`travel.primary_device`). The user is a traveller then.
    ///
    /// - Parameters:
    ///   - chosen: The one it is to be; nothing for the one it is, or the oldest active one.
    ///   - canMake: Whether one is made if there is none.
    package func settle(
        for user: UserID, chosen: DeviceID? = nil, labels: DeviceLabels, canMake: Bool, at now: Timestamp
    ) async throws(PostgresError) -> Settlement {
        let fresh = canMake ? DeviceID(UniqueID.version7(at: now)) : nil
        let group = UniqueID.version7(at: now).description
        let result = try await database.retryingQuery(
            PrimaryDeviceStatements.settle.with(
                user.rawValue, chosen?.rawValue, labels.uuid, labels.name, labels.platform, fresh?.rawValue, group,
                Int32(clamping: limits.devicesPerGroup), Int32(clamping: limits.devicesPerUser),
                Int32(clamping: limits.memberships), now))
        let device = result[0].uniqueID(1).map { DeviceID($0) }
        switch (result[0].text(0), device) {
        case ("kept", let device?): return .kept(device)
        case ("changed", let device?): return .changed(device)
        case ("made", let device?):
            guard let group = GroupID(group) else { preconditionFailure("a UUID is a group's id") }
            return .made(device, group)
        case ("none", _): return .none
        default: return .notFound
        }
    }

    /// Nothing before the first ingestion, and once it was erased.
    package func device(of user: UserID) async throws(PostgresError) -> PrimaryDevice? {
        let result = try await database.retryingQuery(PrimaryDeviceStatements.find.with(user.rawValue))
        guard result.rowCount == 1, let id = result[0].uniqueID(0), let name = result[0].text(2),
            let platform = result[0].text(3), let group = result[0].text(4).flatMap(GroupID.init),
            let isActive = result[0].bool(5), let createdAt = result[0].timestamp(6),
            let updatedAt = result[0].timestamp(7)
        else { return nil }
        return PrimaryDevice(
            id: DeviceID(id), uuid: result[0].uniqueID(1), name: name, platform: platform, group: group,
            isActive: isActive, createdAt: createdAt, updatedAt: updatedAt)
    }
}
