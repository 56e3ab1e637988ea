internal import Persistence

/// What requests ask and do: see `Migrations/0001_chat.sql` for the functions.
enum RequestStatements {
    /// The columns of ``ConversationSummary``, of `p`: a row of ``standing`` with the place in the list.
    private static let summary = """
        c.id, c.kind, coalesce(c.name, g.name), c.group_id, c.created_at, p.last_seq, c.last_change,
            (SELECT count(*) FROM (
                SELECT FROM chat.messages x
                WHERE \(VisibleMessages.condition) AND x.seq > m.read_seq AND x.sender_id <> m.user_id
                    AND x.deleted_at IS NULL
                LIMIT \(ConversationLimits.countedUnread)) unread),
            m.read_seq, m.muted_until, m.left_at, p.moment, \(VisibleMessages.columns)
        """

    /// A person's conversations with the newest message that they see of each.
    private static let standing = """
        SELECT m.conversation_id, coalesce(l.seq, m.visible_after) AS last_seq, l.seq AS message_seq,
            coalesce(l.sent_at, m.joined_at) AS moment
        FROM chat.members m
        LEFT JOIN LATERAL (
            SELECT x.seq, x.sent_at FROM chat.messages x WHERE \(VisibleMessages.condition)
            ORDER BY x.seq DESC LIMIT 1
        ) l ON true
        """

    private static let rest = """
        JOIN chat.members m ON m.conversation_id = p.conversation_id AND m.user_id = $1::uuid
        -- Looked up one by one: the page is short, whatever is estimated.
        JOIN LATERAL (SELECT * FROM chat.conversations c WHERE c.id = p.conversation_id OFFSET 0) c ON true
        LEFT JOIN core.groups g ON g.id = c.group_id
        LEFT JOIN chat.messages x ON x.conversation_id = p.conversation_id AND x.seq = p.message_seq
        LEFT JOIN core.users u ON u.id = x.sender_id
        """

    /// $1 the person, $2 and $3 where the page before ended: moment and conversation; $4 how many.
    static let list = PostgresStatement(
        "chat.list_conversations",
        """
        WITH p AS MATERIALIZED (
            \(standing)
            WHERE m.user_id = $1::uuid AND m.is_listed AND \(VisibleMessages.isThere)
                AND (coalesce(l.sent_at, m.joined_at), m.conversation_id) < ($2::timestamptz, $3::uuid)
            ORDER BY moment DESC, m.conversation_id DESC LIMIT $4::int
        )
        SELECT \(summary) FROM p \(rest) ORDER BY p.moment DESC, p.conversation_id DESC
        """)

    /// $1 the person, $2 conversation.
    static let one = PostgresStatement(
        "chat.conversation",
        """
        WITH p AS MATERIALIZED (
            \(standing)
            WHERE m.user_id = $1::uuid AND m.conversation_id = $2::uuid AND \(VisibleMessages.isThere)
        )
        SELECT \(summary) FROM p \(rest)
        """)

    /// $1 the person, $2 conversations; those in which they are now.
    static let members = PostgresStatement(
        "chat.members_of_conversations",
        """
        SELECT o.conversation_id, o.user_id, u.username, u.display_name, o.role, o.joined_at, o.read_seq
        FROM chat.members m
        JOIN chat.members o ON o.conversation_id = m.conversation_id AND o.left_at IS NULL
        JOIN core.users u ON u.id = o.user_id
        WHERE m.conversation_id = ANY ($2::uuid[]) AND m.user_id = $1::uuid AND \(VisibleMessages.isMember)
        ORDER BY o.conversation_id, o.joined_at, o.user_id
        """)

    static let openDirect = PostgresStatement(
        "chat.open_direct", "SELECT outcome, id FROM chat.open_direct($1::uuid, $2::uuid, $3::uuid, $4::timestamptz)")

    static let createGroup = PostgresStatement(
        "chat.create_group",
        "SELECT outcome, added FROM chat.create_group($1::uuid, $2::uuid, $3::text, $4::uuid[], $5::timestamptz)")

    static let addMembers = PostgresStatement(
        "chat.add_members",
        "SELECT outcome, added FROM chat.add_members($1::uuid, $2::uuid, $3::uuid[], $4::int, $5::timestamptz)")

    static let removeMember = PostgresStatement(
        "chat.remove_member", "SELECT chat.remove_member($1::uuid, $2::uuid, $3::uuid)")

    static let leave = PostgresStatement("chat.leave", "SELECT chat.leave($1::uuid, $2::uuid, $3::timestamptz)")

    static let rename = PostgresStatement("chat.rename", "SELECT chat.rename($1::uuid, $2::uuid, $3::text)")

    static let forget = PostgresStatement("chat.forget", "SELECT chat.forget($1::uuid, $2::uuid)")

    /// $1 conversation, $2 the person, $3 until when; not at all if null.
    static let mute = PostgresStatement(
        "chat.mute",
        """
        UPDATE chat.members m SET muted_until = $3::timestamptz
        WHERE m.conversation_id = $1::uuid AND m.user_id = $2::uuid AND \(VisibleMessages.isMember)
        """)

    /// In these, $1 is the conversation, $2 the person and $3 the message's number.
    static let edit = PostgresStatement(
        "chat.edit_message",
        """
        SELECT outcome, alone, change FROM chat.edit_message(
            $1::uuid, $2::uuid, $3::bigint, $4::text, $5::timestamptz, make_interval(secs => $6::float8))
        """)

    static let delete = PostgresStatement(
        "chat.delete_message",
        """
        SELECT outcome, alone, change FROM chat.delete_message(
            $1::uuid, $2::uuid, $3::bigint, $4::timestamptz, make_interval(secs => $5::float8))
        """)

    static let react = PostgresStatement(
        "chat.react",
        """
        SELECT outcome, alone, change FROM chat.react(
            $1::uuid, $2::uuid, $3::bigint, $4::text, $5::boolean, $6::int, $7::timestamptz)
        """)
}
