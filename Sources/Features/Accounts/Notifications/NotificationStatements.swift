internal import Persistence

/// The statements of ``NotificationStore``.
enum NotificationStatements {
    /// Adds notices to what is gathered already; of users who are no more, nothing. $1 users, $2 kinds, $3 conversations,
    /// $4 numbers, $5 senders. In one order for all, so that two cannot wait for each other.
    static let add = PostgresStatement(
        "accounts.add_notices",
        """
        INSERT INTO accounts.notices AS n (user_id, kind, conversation_id, count, last_seq, sender_id, updated_at)
        SELECT a.user_id, a.kind, a.conversation_id, count(*), max(a.seq),
            (array_agg(a.sender_id ORDER BY a.seq DESC NULLS LAST))[1], clock_timestamp()
        FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::uuid[])
            AS a (user_id, kind, conversation_id, seq, sender_id)
        WHERE EXISTS (SELECT FROM core.users u WHERE u.id = a.user_id)
        GROUP BY a.user_id, a.kind, a.conversation_id ORDER BY a.user_id, a.kind, a.conversation_id
        ON CONFLICT (user_id, kind, conversation_id) DO UPDATE SET
            count = n.count + excluded.count, last_seq = greatest(n.last_seq, excluded.last_seq),
            sender_id = coalesce(excluded.sender_id, n.sender_id), updated_at = excluded.updated_at
        """)

    static let notices = PostgresStatement(
        "accounts.list_notices",
        """
        SELECT kind, conversation_id, count, last_seq, sender_id FROM accounts.notices WHERE user_id = $1::uuid
        ORDER BY updated_at DESC, kind, conversation_id LIMIT 500
        """)

    /// Whoever adds a notice of theirs waits for this transaction, or this one for it (the foreign key's lock).
    static let lock = PostgresStatement(
        "accounts.lock_notices", "SELECT 1 FROM core.users WHERE id = $1::uuid FOR UPDATE")

    /// Takes off what was told, and leaves what has come since. $2 kinds, $3 conversations, $4 counts.
    static let takeOff = PostgresStatement(
        "accounts.take_off_notices",
        """
        UPDATE accounts.notices n SET count = n.count - t.count
        FROM unnest($2::text[], $3::uuid[], $4::int[]) AS t (kind, conversation_id, count)
        WHERE n.user_id = $1::uuid AND n.kind = t.kind AND n.conversation_id = t.conversation_id
        """)
    static let removeTold = PostgresStatement(
        "accounts.remove_told_notices", "DELETE FROM accounts.notices WHERE user_id = $1::uuid AND count <= 0")

    static let hasNotices = PostgresStatement(
        "accounts.has_notices", "SELECT EXISTS (SELECT FROM accounts.notices WHERE user_id = $1::uuid)")

    private static let preferenceColumns = "channels, messages, quiet_start, quiet_end, quiet_zone"

    static let preferences = PostgresStatement(
        "accounts.notification_preferences",
        """
        SELECT array_to_string(channels, ','), messages, quiet_start, quiet_end, quiet_zone,
            accounts.quiet_until(quiet_start, quiet_end, quiet_zone, $2::timestamptz), invitations
        FROM accounts.notification_preferences WHERE user_id = $1::uuid
        """)

    static let setPreferences = PostgresStatement(
        "accounts.set_notification_preferences",
        """
        INSERT INTO accounts.notification_preferences (user_id, \(preferenceColumns), updated_at, invitations)
        VALUES ($1::uuid, $2::text[], $3::text, $4::smallint, $5::smallint, $6::text, $7::timestamptz, $8::boolean)
        ON CONFLICT (user_id) DO UPDATE SET channels = excluded.channels, messages = excluded.messages,
            quiet_start = excluded.quiet_start, quiet_end = excluded.quiet_end, quiet_zone = excluded.quiet_zone,
            updated_at = excluded.updated_at, invitations = excluded.invitations
        """)

    /// Fails with `invalid_parameter_value` where there is no such zone.
    static let checkZone = PostgresStatement(
        "accounts.check_time_zone", "SELECT '2000-01-01T00:00Z'::timestamptz AT TIME ZONE $1::text")

    static let names = PostgresStatement(
        "accounts.sender_names",
        """
        SELECT u.display_name FROM unnest($1::uuid[]) WITH ORDINALITY AS s (id, place) JOIN core.users u ON u.id = s.id
        ORDER BY s.place
        """)
}
