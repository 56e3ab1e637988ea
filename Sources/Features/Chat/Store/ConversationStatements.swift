internal import Persistence

/// What the live half asks and does: see `Migrations/0001_chat.sql` for the functions.
enum ConversationStatements {
    /// $1 conversation. One row a member, or one without any.
    static let load = PostgresStatement(
        "chat.load_conversation",
        """
        SELECT c.kind, c.group_id, c.last_seq, c.last_change, m.user_id, u.display_name, m.role, m.joined_at,
            m.visible_after, m.read_seq, m.muted_until, c.members_version
        FROM chat.conversations c
        LEFT JOIN chat.members m ON m.conversation_id = c.id AND \(VisibleMessages.isMember)
        LEFT JOIN core.users u ON u.id = m.user_id
        WHERE c.id = $1::uuid AND NOT c.is_retired ORDER BY m.joined_at, m.user_id
        """)

    /// $1 conversation.
    static let blocks = PostgresStatement(
        "chat.blocks_in_conversation",
        """
        SELECT b.blocker_id, b.blocked_id
        FROM chat.members m
        JOIN core.blocks b ON b.blocker_id = m.user_id
        JOIN chat.members o ON o.conversation_id = m.conversation_id AND o.user_id = b.blocked_id AND o.left_at IS NULL
            AND NOT o.is_unaware
        WHERE m.conversation_id = $1::uuid AND \(VisibleMessages.isMember)
        """)

    static let append = PostgresStatement(
        "chat.append_messages",
        """
        SELECT a.outcome, a.number, a.at, a.withheld, a.revealed,
            CASE WHEN a.outcome = 'stored' THEN chat.members_version(($1::uuid[])[a.item::int]) END
        FROM chat.append_messages(
            $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz) a
        """)

    static let mark = PostgresStatement(
        "chat.mark_read",
        "SELECT outcome, mark, moved FROM chat.mark_read($1::uuid[], $2::uuid[], $3::bigint[])")

    /// $1 user.
    static let unread = PostgresStatement(
        "chat.unread_counts",
        """
        SELECT counted.conversation_id, counted.unread
        FROM (
            SELECT m.conversation_id, \(VisibleMessages.unread) AS unread
            FROM chat.members m WHERE m.user_id = $1::uuid AND m.is_listed AND \(VisibleMessages.isThere)
        ) counted WHERE counted.unread > 0
        """)

    /// $1 user, $2 conversations, $3 messages in them, $4 now. The places, from 1, of those that the user is to be told of.
    static let noticesWanted = PostgresStatement(
        "chat.notices_wanted",
        """
        SELECT n.place
        FROM unnest($2::uuid[], $3::bigint[]) WITH ORDINALITY AS n (conversation, seq, place)
        JOIN chat.members m ON m.conversation_id = n.conversation AND m.user_id = $1::uuid
            AND \(VisibleMessages.isMember)
        JOIN chat.messages x ON x.seq = n.seq AND \(VisibleMessages.condition)
        WHERE n.seq > m.read_seq AND (m.muted_until IS NULL OR m.muted_until <= $4::timestamptz)
            AND x.deleted_at IS NULL
        """)

    /// $1 group.
    static let ofGroup = PostgresStatement(
        "chat.conversation_of_group", "SELECT id FROM chat.conversations WHERE group_id = $1::text")
}
