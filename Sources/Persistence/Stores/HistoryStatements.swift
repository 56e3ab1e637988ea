internal import Model

/// The statements that read stored locations. Each is bound by the primary key of the daily partitions, and leaves out those
/// that its times exclude.
enum HistoryStatements {
    /// $1 device, $2 from, $3 to (both times are bounds of the page), $4 rows. The newest first.
    static let newestFirst = PostgresStatement(
        "core.locations_newest_first",
        """
        SELECT \(DeviceStatements.fixColumns) FROM core.locations
        WHERE device_id = $1::uuid AND captured_at >= $2::timestamptz AND captured_at < $3::timestamptz
        ORDER BY captured_at DESC LIMIT $4::int
        """)

    /// $1 device, $2 the last time of the page before, $3 rows. The oldest first, with when each was received.
    static let oldestFirst = PostgresStatement(
        "core.locations_oldest_first",
        """
        SELECT \(DeviceStatements.fixColumns), created_at FROM core.locations
        WHERE device_id = $1::uuid AND captured_at > $2::timestamptz ORDER BY captured_at LIMIT $3::int
        """)

    /// $1 group, $2 moment, $3 the earliest time that counts. Every active member, by name.
    static let groupAt = PostgresStatement(
        "core.group_at",
        """
        SELECT d.device_id, d.display_name,
            l.captured_at, l.latitude, l.longitude, l.accuracy, l.altitude, l.bearing, l.speed, l.provider,
            l.battery_level, l.network_type
        FROM core.devices d
        LEFT JOIN LATERAL (
            SELECT * FROM core.locations l
            WHERE l.device_id = d.device_id AND l.captured_at <= $2::timestamptz AND l.captured_at >= $3::timestamptz
            ORDER BY l.captured_at DESC LIMIT 1
        ) l ON true
        WHERE d.group_id = $1::text AND d.active ORDER BY d.display_name, d.device_id
        """)

    /// $1 group, $2 who asks and is a member of it, $3 from, $4 how long a slot is, in seconds, $5 how many slots follow each
    /// other. Of every active device the last location of each slot: at most as many rows as slots, each found by the key,
    /// however much is stored.
    ///
    /// Nobody sees what was before they joined, before whose device it is joined, or before the device was put as it is now,
    /// which is when it may have come into the group (docs/adr/0046).
    static let groupTrails = PostgresStatement(
        "core.group_trails",
        """
        SELECT d.device_id, d.display_name,
            l.captured_at, l.latitude, l.longitude, l.accuracy, l.altitude, l.bearing, l.speed, l.provider,
            l.battery_level, l.network_type
        FROM core.group_members me
        JOIN core.devices d ON d.group_id = me.group_id AND d.active
        LEFT JOIN core.group_members them ON them.group_id = me.group_id AND them.user_id = d.owner_id
        CROSS JOIN LATERAL generate_series(0, $5::int - 1) AS slot
        LEFT JOIN LATERAL (
            SELECT * FROM core.locations l
            WHERE l.device_id = d.device_id
                AND l.captured_at >= greatest(
                    $3::timestamptz + slot * $4::float8 * interval '1 second', me.joined_at, them.joined_at, d.updated_at)
                AND l.captured_at < $3::timestamptz + (slot + 1) * $4::float8 * interval '1 second'
            ORDER BY l.captured_at DESC LIMIT 1
        ) l ON true
        WHERE me.group_id = $1::text AND me.user_id = $2::uuid AND (l.captured_at IS NOT NULL OR slot = 0)
        ORDER BY d.device_id, slot
        """)

    static let exportedDevice = PostgresStatement(
        "core.exported_device",
        "SELECT \(DeviceStatements.deviceColumns), push_token FROM core.devices WHERE device_id = $1::uuid")
}
