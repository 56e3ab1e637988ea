internal import Model

/// The statements that tell of people: whose a device is, who is in which group, who blocks whom.
enum PeopleStatements {
    static let owner = PostgresStatement(
        "core.owner_of_device", "SELECT owner_id FROM core.devices WHERE device_id = $1::uuid")

    static let isMember = PostgresStatement(
        "core.is_member",
        """
        SELECT EXISTS (SELECT FROM core.group_members WHERE group_id = $2::text AND user_id = $1::uuid)
        """)

    /// Of pairs, those that are no memberships.
    static let ended = PostgresStatement(
        "core.ended_memberships",
        """
        SELECT w.user_id, w.group_id FROM unnest($1::uuid[], $2::text[]) AS w (user_id, group_id)
        WHERE NOT EXISTS (
            SELECT FROM core.group_members m WHERE m.group_id = w.group_id AND m.user_id = w.user_id)
        """)

    static let devices = PostgresStatement(
        "core.devices_of_user",
        """
        SELECT device_id, \(DeviceStatements.deviceColumns) FROM core.devices
        WHERE owner_id = $1::uuid ORDER BY active DESC, created_at, device_id
        """)

    /// Whether two people share a group; $1 and $2.
    private static let sharesGroup = """
        EXISTS (
            SELECT FROM core.group_members a JOIN core.group_members b USING (group_id)
            WHERE a.user_id = $1::uuid AND b.user_id = u.id)
        """

    /// $2 as $1 sees them; the last column says whether they are the same or share a group.
    static let person = PostgresStatement(
        "core.person",
        """
        SELECT u.id, u.username, u.display_name, u.id = $1::uuid OR \(sharesGroup)
        FROM core.users u WHERE u.id = $2::uuid
        """)

    /// Who has the name, unless they block $1, whom they share no group with.
    static let named = PostgresStatement(
        "core.person_named",
        """
        SELECT u.id, u.username, u.display_name,
            NOT EXISTS (SELECT FROM core.blocks b WHERE b.blocker_id = u.id AND b.blocked_id = $1::uuid)
            OR \(sharesGroup)
        FROM core.users u WHERE u.username_key = $2::text
        """)

    static let block = PostgresStatement(
        "core.block_user", "SELECT core.block_user($1::uuid, $2::uuid, $3::int, $4::timestamptz)")

    static let unblock = PostgresStatement(
        "core.unblock_user", "DELETE FROM core.blocks WHERE blocker_id = $1::uuid AND blocked_id = $2::uuid")

    static let blocked = PostgresStatement(
        "core.blocked_by_user",
        """
        SELECT u.id, u.username, u.display_name, b.created_at
        FROM core.blocks b JOIN core.users u ON u.id = b.blocked_id
        WHERE b.blocker_id = $1::uuid AND b.blocked_id > $2::uuid ORDER BY b.blocked_id LIMIT $3::int
        """)
}

extension Person {
    /// From `id, username, display_name`; `nil` if one of them is null.
    init?(row: PostgresRow, from column: Int) {
        guard let id = row.uniqueID(column), let username = row.text(column + 1), let name = row.text(column + 2)
        else { return nil }
        self.init(id: UserID(id), username: username, displayName: name)
    }
}
