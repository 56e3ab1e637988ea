internal import Persistence

/// The statements of ``PostgresLiveStore``.
enum LiveStatements {
    /// Whom devices count for, or did until lately: what comes late of a former one counts as well, and nothing is taken live
    /// that is older than a week. $1 devices; a row for each, the newest.
    static let owners = PostgresStatement(
        "travel.device_owners",
        """
        SELECT DISTINCT ON (d.device_id) d.device_id, d.user_id, d.since, d.until FROM travel.tracked_devices d
        JOIN core.devices o ON o.device_id = d.device_id AND o.owner_id = d.user_id
        WHERE d.device_id = ANY($1::uuid[]) AND (d.until IS NULL OR d.until > now() - interval '8 days')
        ORDER BY d.device_id, d.since DESC
        """)

    static let markDevices = PostgresStatement(
        "travel.mark_devices", "SELECT travel.mark_devices($1::uuid[], $2::timestamptz[], $3::timestamptz[])")

    static let markReceived = PostgresStatement(
        "travel.mark_received", "SELECT travel.mark_received($1::timestamptz)")

    /// $1 hub, $2 up to when.
    static let beat = PostgresStatement(
        "travel.live_beat",
        """
        INSERT INTO travel.live_progress (hub, received_to, beat_at) VALUES ($1::uuid, $2::timestamptz, clock_timestamp())
        ON CONFLICT (hub) DO UPDATE SET received_to = excluded.received_to, beat_at = excluded.beat_at
        """)

    static let leave = PostgresStatement("travel.live_leave", "DELETE FROM travel.live_progress WHERE hub = $1::uuid")

    /// $1 after how many seconds of silence a hub is gone.
    static let adopt = PostgresStatement("travel.adopt_progress", "SELECT travel.adopt_progress($1::integer)")

    /// People with points that are not worked in, or of whom a device was erased that has left something, after $1, at most $2.
    static let unfinished = PostgresStatement(
        "travel.unfinished",
        """
        (SELECT t.user_id, t.version FROM travel.travellers t
         WHERE t.dirty_from IS NOT NULL AND t.user_id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')
         ORDER BY t.user_id LIMIT $2::integer)
        UNION
        (SELECT t.user_id, t.version FROM (
            SELECT DISTINCT e.user_id FROM travel.erased_devices e
            WHERE e.user_id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')
            ORDER BY e.user_id LIMIT $2::integer
         ) AS e CROSS JOIN LATERAL (
            SELECT v.user_id, v.version FROM travel.travellers v WHERE v.user_id = e.user_id LIMIT 1
         ) AS t)
        ORDER BY 1 LIMIT $2::integer
        """)
}
