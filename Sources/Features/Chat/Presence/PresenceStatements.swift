internal import Model
package import Persistence

/// The statements of ``PostgresPresenceStore``.
package enum PresenceStatements {
    package static let profile = PostgresStatement(
        "chat.presence_profile",
        "SELECT status, note, last_seen_at, shows_last_seen FROM chat.presence WHERE user_id = $1::uuid")

    package static let watchers = PostgresStatement(
        "chat.presence_watchers", "SELECT w FROM chat.presence_watchers($1::uuid) w")

    package static let profiles = PostgresStatement(
        "chat.presence_profiles",
        """
        SELECT s.person, p.status, p.note, p.last_seen_at, p.shows_last_seen, s.is_hidden
        FROM chat.presence_shown($1::uuid, $2::uuid[]) s LEFT JOIN chat.presence p ON p.user_id = s.person
        """)

    /// Somebody who was erased meanwhile is left out.
    package static let declare = PostgresStatement(
        "chat.declare_presence",
        """
        INSERT INTO chat.presence AS p (user_id, status, note, declared_at)
        SELECT g.user_id, g.status, g.note, g.declared_at
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS g(user_id, status, note, declared_at)
        WHERE EXISTS (SELECT FROM core.users u WHERE u.id = g.user_id) ORDER BY g.user_id
        ON CONFLICT (user_id) DO UPDATE
        SET status = excluded.status, note = excluded.note, declared_at = excluded.declared_at
        WHERE p.declared_at IS NULL OR p.declared_at <= excluded.declared_at
        """)

    package static let seen = PostgresStatement(
        "chat.presence_seen",
        """
        INSERT INTO chat.presence AS p (user_id, last_seen_at)
        SELECT g.user_id, g.seen_at FROM unnest($1::uuid[], $2::timestamptz[]) AS g(user_id, seen_at)
        WHERE EXISTS (SELECT FROM core.users u WHERE u.id = g.user_id) ORDER BY g.user_id
        ON CONFLICT (user_id) DO UPDATE SET last_seen_at = excluded.last_seen_at
        WHERE p.last_seen_at IS NULL OR p.last_seen_at < excluded.last_seen_at
        """)

    package static let show = PostgresStatement(
        "chat.show_last_seen",
        """
        INSERT INTO chat.presence AS p (user_id, shows_last_seen) VALUES ($1::uuid, $2::boolean)
        ON CONFLICT (user_id) DO UPDATE SET shows_last_seen = excluded.shows_last_seen
        """)
}
