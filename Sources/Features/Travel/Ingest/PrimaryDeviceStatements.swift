internal import Persistence

/// The statements of primary devices.
enum PrimaryDeviceStatements {
    static let settle = PostgresStatement(
        "travel.primary_device",
        """
        SELECT p.outcome, p.device FROM travel.primary_device(
            $1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::uuid, $7::text, $8::int, $9::int, $10::int,
            $11::timestamptz) AS p
        """)

    static let find = PostgresStatement(
        "travel.find_primary_device",
        """
        SELECT d.device_id, t.device_uuid, d.display_name, d.platform, d.group_id, d.active, d.created_at, d.updated_at
        FROM travel.travellers t JOIN core.devices d ON d.device_id = t.device_id AND d.owner_id = t.user_id
        WHERE t.user_id = $1::uuid
        """)
}
