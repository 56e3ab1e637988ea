internal import Persistence

/// The statements of ``AchievementStore``.
enum AchievementStatements {
    /// All there are, in order, and when `$1` has unlocked them.
    static let all = PostgresStatement(
        "achievements.all",
        """
        SELECT a.code, a.area, a.name, a.description, a.criteria_json::text, u.unlocked_at
        FROM achievements.achievements a
        LEFT JOIN achievements.unlocked u ON u.code = a.code AND u.user_id = $1::uuid
        ORDER BY a.area, a.position, a.code
        """)

    /// Unlocks those of `$2` that are not. Who comes at the same time waits, and finds it done. One row for each that was
    /// locked until now.
    static let unlock = PostgresStatement(
        "achievements.unlock",
        """
        WITH fresh AS (
            INSERT INTO achievements.unlocked (user_id, code)
            SELECT $1::uuid, a.code FROM achievements.achievements a
            WHERE a.code = ANY ($2::text[]) AND EXISTS (SELECT FROM core.users u WHERE u.id = $1::uuid)
            ORDER BY a.code
            ON CONFLICT DO NOTHING
            RETURNING code, unlocked_at
        )
        SELECT a.code, a.name, a.description, f.unlocked_at
        FROM fresh f JOIN achievements.achievements a USING (code) ORDER BY a.area, a.position, a.code
        """)

    /// What has been committed since the snapshot `$1`, and the snapshot that the next look goes on from. Numbers of
    /// transactions mean nothing in a database that has been restored elsewhere, and what is old is no news.
    static let news = PostgresStatement(
        "achievements.news",
        """
        SELECT pg_current_snapshot()::text, n.user_id, n.code, n.name, n.description, n.unlocked_at
        FROM (SELECT) AS one LEFT JOIN LATERAL (
            SELECT u.user_id, u.code, a.name, a.description, u.unlocked_at
            FROM achievements.unlocked u JOIN achievements.achievements a USING (code)
            WHERE u.transaction >= pg_snapshot_xmin($1::text::pg_snapshot)
                AND u.transaction < pg_snapshot_xmax(pg_current_snapshot())
                AND NOT pg_visible_in_snapshot(u.transaction, $1::text::pg_snapshot)
                AND u.unlocked_at > clock_timestamp() - interval '1 hour'
        ) AS n ON true
        ORDER BY n.unlocked_at, n.code
        """)

    static let catalogue = PostgresStatement(
        "achievements.catalogue",
        """
        SELECT a.code, a.area, a.position, a.name, a.description, a.criteria_json::text
        FROM achievements.achievements a ORDER BY a.area, a.position, a.code
        """)

    static let put = PostgresStatement(
        "achievements.put",
        """
        INSERT INTO achievements.achievements (code, area, position, name, description, criteria_json)
        VALUES ($1::text, $2::text, $3::integer, $4::text, $5::text, $6::text::jsonb)
        ON CONFLICT (code) DO UPDATE SET area = excluded.area, position = excluded.position, name = excluded.name,
            description = excluded.description, criteria_json = excluded.criteria_json
        """)

    static let erase = PostgresStatement(
        "achievements.erase", "DELETE FROM achievements.unlocked u WHERE u.user_id = $1::uuid")
}
