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

    static let exportedDevice = PostgresStatement(
        "core.exported_device",
        "SELECT \(DeviceStatements.deviceColumns), push_token FROM core.devices WHERE device_id = $1::uuid")
}
