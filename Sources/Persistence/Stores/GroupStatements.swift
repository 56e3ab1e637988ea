internal import Model

/// The statements by which groups of people are made, seen and changed. What is decided is decided in functions of the
/// schema, which take the locks.
enum GroupStatements {
    static let make = PostgresStatement(
        "core.make_group", "SELECT core.make_group($1::uuid, $2::text, $3::text, $4::int, $5::timestamptz)")

    private static let columns = """
        g.id, coalesce(g.name, g.id), m.role,
        (SELECT count(*) FROM core.group_members c WHERE c.group_id = g.id), g.created_at
        """

    static let ofUser = PostgresStatement(
        "core.groups_of_user",
        """
        SELECT \(columns) FROM core.group_members m JOIN core.groups g ON g.id = m.group_id
        WHERE m.user_id = $1::uuid ORDER BY m.joined_at, g.id
        """)

    static let one = PostgresStatement(
        "core.group_of_user",
        """
        SELECT \(columns) FROM core.group_members m JOIN core.groups g ON g.id = m.group_id
        WHERE m.group_id = $2::text AND m.user_id = $1::uuid
        """)

    /// Nobody, if $1 is not among them.
    static let members = PostgresStatement(
        "core.members_of_group",
        """
        SELECT u.id, u.username, u.display_name, m.role, m.joined_at, (
            SELECT string_agg(d.device_id::text, ',' ORDER BY d.device_id) FROM core.devices d
            WHERE d.group_id = m.group_id AND d.active AND d.owner_id = u.id)
        FROM core.group_members m JOIN core.users u ON u.id = m.user_id
        WHERE m.group_id = $2::text
            AND EXISTS (SELECT FROM core.group_members s WHERE s.group_id = $2::text AND s.user_id = $1::uuid)
        ORDER BY m.joined_at, u.id
        """)

    static let rename = PostgresStatement(
        "core.rename_group", "SELECT core.rename_group($1::uuid, $2::text, $3::text)")

    static let endMembership = PostgresStatement(
        "core.end_membership",
        """
        SELECT outcome, device_id, \(DeviceStatements.deviceColumns)
        FROM core.end_membership($1::uuid, $2::uuid, $3::text, $4::timestamptz)
        """)

    static let dissolve = PostgresStatement(
        "core.dissolve_group",
        """
        SELECT outcome, device_id, \(DeviceStatements.deviceColumns)
        FROM core.dissolve_group($1::uuid, $2::text, $3::timestamptz)
        """)

    static let changeRole = PostgresStatement(
        "core.change_role", "SELECT core.change_role($1::uuid, $2::uuid, $3::text, $4::text)")

    static let handOver = PostgresStatement(
        "core.hand_over_group", "SELECT core.hand_over_group($1::uuid, $2::uuid, $3::text)")

    static let appointOwner = PostgresStatement(
        "core.appoint_owner", "SELECT core.appoint_owner($1::uuid, $2::text, $3::int, $4::int, $5::timestamptz)")
}
