internal import Model

/// The statements by which devices are erased, brought back and listed for administrators. What changes something notes it
/// in the audit log in the same statement: both happen, or neither.
enum CustodyStatements {
    static let batch = PostgresStatement(
        "core.erase_location_batch", "SELECT core.erase_location_batch($1::uuid, $2::int, $3::timestamptz)")

    private static let noteColumns =
        "at, key_id, key_prefix, operation, target, detail, request_id, client_address, user_id, outcome, affected"

    /// $1 device, $2 now, $3 locations that batches took before; from $4 on the note. One row, or none.
    static let erase = PostgresStatement(
        "core.erase_device_noted",
        """
        WITH erased AS MATERIALIZED (
            SELECT * FROM core.erase_device($1::uuid, $2::timestamptz, NULL)
        ), noted AS (
            INSERT INTO core.audit_log (\(noteColumns))
            SELECT $4::timestamptz, $5::uuid, $6::text, $7::text, $8::text, $9::text, $10::text, $11::text,
                $12::uuid,
                CASE WHEN EXISTS (SELECT FROM erased) THEN 'done' ELSE 'not_found' END,
                (SELECT e.removed + $3::int8 FROM erased e)
        )
        SELECT removed + $3::int8, \(DeviceStatements.deviceColumns) FROM erased
        """)

    /// As ``erase`` for a device that is inactive and was last seen before $13; one that is not leaves no note.
    static let purge = PostgresStatement(
        "core.purge_device_noted",
        """
        WITH erased AS MATERIALIZED (
            SELECT * FROM core.erase_device($1::uuid, $2::timestamptz, $13::timestamptz)
        ), noted AS (
            INSERT INTO core.audit_log (\(noteColumns))
            SELECT $4::timestamptz, $5::uuid, $6::text, $7::text, $8::text, $9::text, $10::text, $11::text,
                $12::uuid, 'done',
                e.removed + $3::int8
            FROM erased e
        )
        SELECT removed + $3::int8, \(DeviceStatements.deviceColumns) FROM erased
        """)

    /// $1 device, $2 the group's limit, $3 now; from $4 on the note. One row.
    static let reactivate = PostgresStatement(
        "core.reactivate_device_noted",
        """
        WITH changed AS MATERIALIZED (
            SELECT * FROM core.reactivate_device($1::uuid, $2::int, $3::timestamptz)
        ), noted AS (
            INSERT INTO core.audit_log (\(noteColumns))
            SELECT $4::timestamptz, $5::uuid, $6::text, $7::text, $8::text, $9::text, $10::text, $11::text,
                $12::uuid,
                CASE c.outcome WHEN 'full' THEN 'conflict' WHEN 'not_found' THEN 'not_found' ELSE 'done' END,
                CASE c.outcome WHEN 'reactivated' THEN 1 ELSE 0 END
            FROM changed c
        )
        SELECT outcome, \(DeviceStatements.deviceColumns), \(DeviceStatements.fixColumns) FROM changed
        """)

    static let inactive = PostgresStatement(
        "core.inactive_devices_unseen_since",
        """
        SELECT device_id FROM core.devices
        WHERE NOT active AND last_seen_at < $1::timestamptz AND device_id >= $2::uuid ORDER BY device_id LIMIT $3::int
        """)

    // MARK: Lists

    /// $2 is NULL for active and inactive ones.
    static let all = PostgresStatement(
        "core.list_devices",
        """
        SELECT device_id, \(DeviceStatements.deviceColumns) FROM core.devices
        WHERE device_id >= $1::uuid AND ($2::boolean IS NULL OR active = $2::boolean) ORDER BY device_id LIMIT $3::int
        """)

    static let allInactive = PostgresStatement(
        "core.list_inactive_devices",
        """
        SELECT device_id, \(DeviceStatements.deviceColumns) FROM core.devices
        WHERE device_id >= $1::uuid AND NOT active ORDER BY device_id LIMIT $2::int
        """)

    static let inGroup = PostgresStatement(
        "core.list_devices_of_group",
        """
        SELECT device_id, \(DeviceStatements.deviceColumns) FROM core.devices
        WHERE group_id = $1::text AND device_id >= $2::uuid AND ($3::boolean IS NULL OR active = $3::boolean)
        ORDER BY device_id LIMIT $4::int
        """)

    static let keys = PostgresStatement(
        "core.list_api_key_page",
        """
        SELECT id, key_prefix, name, is_admin, is_active, created_at, expires_at, last_used_at
        FROM core.api_keys WHERE id < $1::uuid ORDER BY id DESC LIMIT $2::int
        """)
}

extension PostgresParameters {
    /// The nine values that an audited statement takes for its note.
    mutating func append(note entry: AuditEntry) {
        append(entry.at)
        append(entry.key?.rawValue)
        append(entry.keyPrefix)
        append(entry.operation)
        append(entry.target)
        append(entry.detail)
        append(entry.requestID)
        append(entry.clientAddress)
        append(entry.user?.rawValue)
    }
}
