internal import Persistence

/// The statements that answer messages. In each but the first, $1 is the conversation and $2 the person who asks.
enum MessageStatements {
    /// For whoever tells messages to everybody: $1 conversation, $2 the number after which, $3 the last, $4 how many. One row a
    /// message behind the count of who takes part; one without a message if there is none of that range.
    static let stored = PostgresStatement(
        "chat.stored_messages",
        """
        SELECT c.members_version, p.*
        FROM chat.conversations c
        LEFT JOIN LATERAL (
            SELECT x.seq, x.client_id, x.sender_id, u.display_name, x.text, x.sent_at, x.edited_at, x.deleted_at,
                x.change, x.reply_to, x.attachment::text AS attachment, NULL::text AS reactions,
                x.own_text, x.own_edited_at, x.is_withheld,
                (SELECT json_agg(
                        json_build_array(r.emoji, r.user_id, r.is_withheld) ORDER BY r.reacted_at, r.user_id)::text
                    FROM chat.reactions r WHERE r.conversation_id = x.conversation_id AND r.seq = x.seq) AS reacted
            FROM chat.messages x LEFT JOIN core.users u ON u.id = x.sender_id
            WHERE x.conversation_id = $1::uuid AND x.seq > $2::bigint AND x.seq <= $3::bigint
            ORDER BY x.seq LIMIT $4::int
        ) p ON true
        WHERE c.id = $1::uuid
        """)

    /// $3 the number they have, $4 how many.
    static let since = PostgresStatement("chat.messages_since", page("x.seq > $3::bigint", order: "x.seq"))

    /// $3 the number before which, $4 how many.
    static let before = PostgresStatement("chat.messages_before", page("x.seq < $3::bigint", order: "x.seq DESC"))

    /// $3 the change they know of, $4 how many.
    static let changedSince = PostgresStatement(
        "chat.messages_changed_since", page("x.change > $3::bigint AND x.change > 0", order: "x.change"))

    /// $3 number.
    static let one = PostgresStatement(
        "chat.message",
        """
        SELECT \(VisibleMessages.columns)
        FROM chat.members m
        JOIN chat.messages x ON \(VisibleMessages.condition) AND x.seq = $3::bigint
        LEFT JOIN core.users u ON u.id = x.sender_id
        WHERE m.conversation_id = $1::uuid AND m.user_id = $2::uuid AND \(VisibleMessages.isThere)
        """)

    /// One row a message behind where the conversation stands for the person; one without a message if there is none of
    /// that range, and no row if they see nothing of the conversation.
    private static func page(_ range: String, order: String) -> String {
        """
        SELECT \(VisibleMessages.lastSeq), c.last_change, p.*
        FROM chat.members m
        JOIN chat.conversations c ON c.id = m.conversation_id
        LEFT JOIN LATERAL (
            SELECT \(VisibleMessages.columns)
            FROM chat.messages x LEFT JOIN core.users u ON u.id = x.sender_id
            WHERE \(VisibleMessages.condition) AND x.conversation_id = $1::uuid AND \(range)
            ORDER BY \(order) LIMIT $4::int
        ) p ON true
        WHERE m.conversation_id = $1::uuid AND m.user_id = $2::uuid AND \(VisibleMessages.isThere)
        """
    }

    /// $1 the person, $2 what they search for, $3 to $5 where the page before ended: moment, conversation, number; $6 how
    /// many. Words are compared without regard to case and compatible forms; nothing is found by what holds no word.
    ///
    /// Each conversation is looked up in the index of words by itself, which has it as one more word. `IS NOT DISTINCT FROM`
    /// says the same as `=` and keeps Postgres from reading the whole conversation instead. What is compared is the text that
    /// the person sees: their own where they edited it while they were blocked.
    static let search = PostgresStatement(
        "chat.search_messages",
        """
        WITH wanted AS MATERIALIZED (
            SELECT websearch_to_tsquery('pg_catalog.simple', normalize($2::text, NFKC)) AS words
        ), hits AS MATERIALIZED (
            SELECT m.conversation_id, x.seq, x.sent_at
            FROM wanted w
            JOIN chat.members m ON m.user_id = $1::uuid AND \(VisibleMessages.isThere)
            CROSS JOIN LATERAL (
                SELECT f.seq, f.sent_at FROM (
                    (\(hits(of: "text", "x.text IS NOT NULL AND (x.own_text IS NULL OR x.sender_id <> m.user_id)")))
                    UNION ALL
                    (\(hits(of: "own_text", "x.own_text IS NOT NULL AND x.sender_id = m.user_id")))
                ) f ORDER BY f.sent_at DESC, f.seq DESC LIMIT $6::int
            ) x
            WHERE numnode(w.words) > 0
            ORDER BY x.sent_at DESC, m.conversation_id DESC, x.seq DESC LIMIT $6::int
        )
        SELECT h.conversation_id, h.sent_at, \(VisibleMessages.columns)
        FROM hits h
        JOIN chat.members m ON m.conversation_id = h.conversation_id AND m.user_id = $1::uuid
        JOIN chat.messages x ON x.conversation_id = h.conversation_id AND x.seq = h.seq
        LEFT JOIN core.users u ON u.id = x.sender_id
        ORDER BY h.sent_at DESC, h.conversation_id DESC, h.seq DESC
        """)

    /// The newest messages of the conversation of `m` that hold the words of `w` in that column.
    private static func hits(of column: String, _ condition: String) -> String {
        """
        SELECT x.seq, x.sent_at FROM chat.messages x
        WHERE \(condition) AND chat.words(x.conversation_id, x.\(column)) @@ (w.words && chat.word(m.conversation_id))
            AND x.conversation_id IS NOT DISTINCT FROM m.conversation_id AND \(VisibleMessages.window)
            AND (x.sent_at, x.conversation_id, x.seq) < ($3::timestamptz, $4::uuid, $5::bigint)
        ORDER BY x.sent_at DESC, x.seq DESC LIMIT $6::int
        """
    }
}
