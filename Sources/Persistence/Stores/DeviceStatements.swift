internal import Model

/// The statements of the store of devices.
enum DeviceStatements {
    static let deviceColumns =
        "display_name, group_id, platform, active, created_at, updated_at, last_seen_at"
    static let deviceColumnCount = 7
    static let fixColumns =
        "captured_at, latitude, longitude, accuracy, altitude, bearing, speed, provider, battery_level, network_type"

    static let register = PostgresStatement(
        "core.register_device",
        """
        SELECT outcome, previous_group, \(deviceColumns), \(fixColumns)
        FROM core.register_device($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::int, $7::timestamptz, $8::uuid,
            $9::int)
        """)

    /// - Parameters:
    ///   - user: Whose device it is to be; nothing for the holder of an API key.
    ///   - deviceLimit: Active devices of a user.
    static func registering(
        _ registration: DeviceRegistration, limit: Int, at now: Timestamp, by user: UserID? = nil, deviceLimit: Int = 0
    ) -> PostgresQuery {
        register.with(
            registration.id.rawValue, registration.displayName, registration.group.rawValue, registration.platform,
            registration.pushToken, Int32(clamping: limit), now, user?.rawValue, Int32(clamping: deviceLimit))
    }

    /// Gives the device as it was.
    static let deactivate = PostgresStatement(
        "core.deactivate_device",
        """
        WITH before AS MATERIALIZED (
            SELECT * FROM core.devices d WHERE d.device_id = $1::uuid FOR NO KEY UPDATE
        ), changed AS (
            UPDATE core.devices d SET active = false, updated_at = greatest($2::timestamptz, d.updated_at)
            FROM before WHERE d.device_id = before.device_id AND before.active
        )
        SELECT \(deviceColumns) FROM before
        """)

    static let find = PostgresStatement(
        "core.find_device", "SELECT \(deviceColumns) FROM core.devices WHERE device_id = $1::uuid")

    static let activeInGroup = PostgresStatement(
        "core.active_devices_in_group",
        """
        SELECT device_id, \(deviceColumns), \(fixColumns)
        FROM core.devices_with_last_location WHERE group_id = $1::text AND active ORDER BY display_name, device_id
        """)
}

extension Device {
    /// From ``DeviceStatements/deviceColumns``; `nil` if one that cannot be null is.
    init?(row: PostgresRow, from column: Int, id: DeviceID) {
        guard let displayName = row.text(column), let group = row.text(column + 1).flatMap(GroupID.init),
            let platform = row.text(column + 2), let isActive = row.bool(column + 3),
            let createdAt = row.timestamp(column + 4), let updatedAt = row.timestamp(column + 5),
            let lastSeenAt = row.timestamp(column + 6)
        else { return nil }
        self.init(
            id: id, displayName: displayName, group: group, platform: platform, isActive: isActive,
            createdAt: createdAt, updatedAt: updatedAt, lastSeenAt: lastSeenAt)
    }
}

extension Fix {
    /// From ``DeviceStatements/fixColumns``; `nil` if there is no fix.
    init?(row: PostgresRow, from column: Int) {
        guard let capturedAt = row.timestamp(column), let latitude = row.double(column + 1),
            let longitude = row.double(column + 2), let accuracy = row.double(column + 3)
        else { return nil }
        self.init(
            capturedAt: capturedAt, latitude: latitude, longitude: longitude, accuracy: accuracy,
            altitude: row.double(column + 4), bearing: row.double(column + 5), speed: row.double(column + 6),
            provider: row.text(column + 7), batteryLevel: row.int16(column + 8).map(Int.init),
            networkType: row.text(column + 9))
    }
}
