internal import Persistence

/// The statement of ``TimelineStore``.
enum TimelineStatements {
    /// One row at least, with how many events there are in its first column. `$2` is a kind or null for all, `$3` the counts of
    /// cells that are milestones, `$4` to `$6` the position after which to begin, or null; `$7` events are left out, and `$8`
    /// listed at most. The latest comes first.
    ///
    /// Somebody's events are as many as the countries and regions they have seen: all are put in order, and names looked up
    /// for those that are listed.
    static let events = PostgresStatement(
        "travel.timeline",
        """
        WITH events AS MATERIALIZED (
            SELECT r.first_visited_at AS at, (CASE r.region WHEN '' THEN 1 ELSE 2 END)::smallint AS kind,
                CASE r.region WHEN '' THEN r.country ELSE r.region END COLLATE "C" AS code, r.country,
                r.first_cell AS cell
            FROM travel.user_regions r
            WHERE r.user_id = $1::uuid AND ($2::smallint IS NULL OR $2::smallint = 1 AND r.region = ''
                OR $2::smallint = 2 AND r.region <> '')
            UNION ALL
            SELECT m.first_visited_at, 3::smallint, lpad(n.count::text, 6, '0') COLLATE "C", NULL, m.cell
            FROM unnest($3::integer[]) AS n (count) CROSS JOIN LATERAL (
                SELECT c.first_visited_at, c.cell FROM travel.user_cells c WHERE c.user_id = $1::uuid AND c.res = 8
                ORDER BY c.first_visited_at, c.cell OFFSET n.count - 1 LIMIT 1
            ) AS m
            WHERE $2::smallint IS NULL OR $2::smallint = 3
        )
        SELECT total.events, page.at, page.kind, page.code, page.country, page.cell, coalesce(g.name, page.code),
            coalesce(c.name, page.country)
        FROM (SELECT count(*) AS events FROM events) AS total
        LEFT JOIN LATERAL (
            SELECT e.* FROM events e
            WHERE $4::timestamptz IS NULL OR e.at < $4::timestamptz
                OR e.at = $4::timestamptz AND (e.kind, e.code) > ($5::smallint, $6::text COLLATE "C")
            ORDER BY e.at DESC, e.kind, e.code OFFSET $7::integer LIMIT $8::integer
        ) AS page ON true
        LEFT JOIN travel.countries c ON c.code = page.country COLLATE "default"
        LEFT JOIN travel.regions g ON page.kind = 2 AND g.code = page.code COLLATE "default"
        ORDER BY page.at DESC, page.kind, page.code
        """)
}
