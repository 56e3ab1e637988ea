/// The parts of statements that say which messages somebody sees, and how they are shown to them. They are written once, so
/// that the stream and every request agree.
///
/// `m` is the row of the person in `chat.members`, `x` a message, `u` its sender in `core.users`.
enum VisibleMessages {
    /// Whether the person sees anything of the conversation at all.
    static let isThere = "NOT m.is_unaware"

    /// Whether the person takes part in it now.
    static let isMember = "m.left_at IS NULL AND NOT m.is_unaware"

    /// Whether they see the message.
    static let condition = "x.conversation_id = m.conversation_id AND \(window)"

    /// As above, of a message of that conversation.
    static let window = """
        x.seq > m.visible_after AND x.seq <= coalesce(m.visible_until, 9223372036854775807)
            AND (NOT x.is_withheld OR x.sender_id = m.user_id)
        """

    /// What ``Wire/ChatMessage`` is made of, by `ChatMessage(row:from:in:)`.
    static let columns = """
        x.seq, x.client_id, x.sender_id, u.display_name,
            CASE WHEN x.sender_id = m.user_id THEN coalesce(x.own_text, x.text) ELSE x.text END AS text,
            x.sent_at,
            CASE WHEN x.sender_id = m.user_id THEN coalesce(x.own_edited_at, x.edited_at) ELSE x.edited_at END AS edited_at,
            x.deleted_at, x.change, x.reply_to, x.attachment::text AS attachment,
            (SELECT json_agg(json_build_array(r.emoji, r.user_id) ORDER BY r.reacted_at, r.user_id)::text
                FROM chat.reactions r
                WHERE r.conversation_id = x.conversation_id AND r.seq = x.seq
                    AND (NOT r.is_withheld OR r.user_id = m.user_id)) AS reactions
        """
    static let columnCount = 12

    /// The number of the newest message that they see; where they begin to see if there is none.
    static let lastSeq = """
        coalesce((SELECT x.seq FROM chat.messages x WHERE \(condition) ORDER BY x.seq DESC LIMIT 1), m.visible_after)
        """

    /// How many they have not read: of others, not deleted; counted up to 1,000.
    static let unread = """
        (SELECT count(*) FROM (
            SELECT FROM chat.messages x
            WHERE \(condition) AND x.seq > m.read_seq AND x.sender_id <> m.user_id AND x.deleted_at IS NULL
            LIMIT \(ConversationLimits.countedUnread)) unread)
        """
}
