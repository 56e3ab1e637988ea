internal import Persistence

/// The statements of ``StatisticsStore``. They read what is kept of a person; nothing of theirs grows with the points but
/// the years' look at visits.
enum StatisticsStatements {
    /// One row, if there is such a user.
    static let overview = PostgresStatement(
        "travel.overview",
        """
        SELECT u.username, u.created_at, coalesce(t.countries, 0), coalesce(t.regions, 0), coalesce(t.cells_res6, 0),
            coalesce(t.cells_res8, 0), coalesce(t.visits, 0), coalesce(t.days, 0), coalesce(t.has_northern, false),
            coalesce(t.has_southern, false), t.dirty_from IS NOT NULL
                OR EXISTS (SELECT FROM travel.erased_devices e WHERE e.user_id = t.user_id), first.entered_at, last.left_at,
            ways.trips, ways.metres, ways.seconds, unseen.metres, longest.began_at, longest.ended_at, longest.metres,
            longest.top_speed, country.country, country.name, country.last_visited_at, region.region, region.name,
            region.last_visited_at
        FROM core.users u
        LEFT JOIN travel.travellers t ON t.user_id = u.id
        LEFT JOIN LATERAL (
            SELECT v.entered_at FROM travel.visits v WHERE v.user_id = $1::uuid AND v.res = 8
            ORDER BY v.entered_at LIMIT 1
        ) AS first ON true
        LEFT JOIN LATERAL (
            SELECT v.left_at FROM travel.visits v WHERE v.user_id = $1::uuid AND v.res = 8
            ORDER BY v.entered_at DESC LIMIT 1
        ) AS last ON true
        CROSS JOIN LATERAL (
            SELECT count(*) AS trips, coalesce(sum(w.metres), 0) AS metres,
                coalesce(sum(extract(epoch FROM w.ended_at - w.began_at)), 0)::float8 AS seconds
            FROM travel.trips w WHERE w.user_id = $1::uuid
        ) AS ways
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(w.metres), 0) AS metres FROM travel.unseen_ways w WHERE w.user_id = $1::uuid
        ) AS unseen
        LEFT JOIN LATERAL (
            SELECT w.began_at, w.ended_at, w.metres, w.top_speed FROM travel.trips w WHERE w.user_id = $1::uuid
            ORDER BY w.metres DESC, w.began_at LIMIT 1
        ) AS longest ON true
        LEFT JOIN LATERAL (
            SELECT r.country, coalesce(c.name, r.country) AS name, r.last_visited_at
            FROM travel.user_regions r LEFT JOIN travel.countries c ON c.code = r.country COLLATE "default"
            WHERE r.user_id = $1::uuid AND r.region = '' ORDER BY r.last_visited_at DESC, r.country LIMIT 1
        ) AS country ON true
        LEFT JOIN LATERAL (
            SELECT r.region, coalesce(g.name, r.region) AS name, r.last_visited_at
            FROM travel.user_regions r LEFT JOIN travel.regions g ON g.code = r.region COLLATE "default"
            WHERE r.user_id = $1::uuid AND r.region <> '' ORDER BY r.last_visited_at DESC, r.region LIMIT 1
        ) AS region ON true
        WHERE u.id = $1::uuid
        """)

    /// The countries somebody was in, the one they were in last first.
    static let countries = PostgresStatement(
        "travel.seen_countries",
        """
        SELECT r.country, coalesce(c.name, r.country), NULL::text, r.cells, r.land_cells, c.cells_8, r.first_visited_at,
            r.first_cell, r.last_visited_at, own.regions, every.regions
        FROM travel.user_regions r
        LEFT JOIN travel.countries c ON c.code = r.country COLLATE "default"
        LEFT JOIN (
            SELECT s.country, count(*) AS regions FROM travel.user_regions s
            WHERE s.user_id = $1::uuid AND s.region <> '' GROUP BY s.country
        ) AS own ON own.country = r.country
        LEFT JOIN (
            SELECT g.country, count(*) AS regions FROM travel.regions g WHERE NOT g.is_former GROUP BY g.country
        ) AS every ON every.country = r.country COLLATE "default"
        WHERE r.user_id = $1::uuid AND r.region = ''
        ORDER BY r.last_visited_at DESC, r.country
        """)

    /// A country of the map, whether or not somebody was in it; the columns are those of ``countries``.
    static let country = PostgresStatement(
        "travel.seen_country",
        """
        SELECT c.code, c.name, NULL::text, coalesce(r.cells, 0), coalesce(r.land_cells, 0), c.cells_8, r.first_visited_at,
            r.first_cell, r.last_visited_at,
            (SELECT count(*) FROM travel.user_regions s
             WHERE s.user_id = $1::uuid AND s.country = $2::text AND s.region <> ''),
            (SELECT count(*) FROM travel.regions g WHERE g.country = $2::text AND NOT g.is_former)
        FROM travel.countries c
        LEFT JOIN travel.user_regions r ON r.user_id = $1::uuid AND r.country = $2::text AND r.region = ''
        WHERE c.code = $2::text
        """)

    /// The regions of a country that somebody was in; the columns are those of ``countries``.
    static let regions = PostgresStatement(
        "travel.seen_regions",
        """
        SELECT r.region, coalesce(g.name, r.region), g.parent, r.cells, r.land_cells, g.cells_8, r.first_visited_at,
            r.first_cell, r.last_visited_at, NULL::bigint, NULL::bigint
        FROM travel.user_regions r LEFT JOIN travel.regions g ON g.code = r.region COLLATE "default"
        WHERE r.user_id = $1::uuid AND r.country = $2::text AND r.region <> ''
        ORDER BY r.last_visited_at DESC, r.region
        """)

    /// A row for each year with a day, the latest first. Who is somewhere over the turn of a year has been there in both.
    ///
    /// The one statement that looks at every visit: a year at a time, so that Postgres has no more than a year's cells to count
    /// at once, and with the places of a person's cells looked up once for all years.
    static let years = PostgresStatement(
        "travel.years",
        """
        WITH years AS MATERIALIZED (
            SELECT date_trunc('year', d.day::timestamp) AT TIME ZONE 'UTC' AS began,
                (date_trunc('year', d.day::timestamp) + interval '1 year') AT TIME ZONE 'UTC' AS ended, count(*) AS days
            FROM travel.user_days d WHERE d.user_id = $1::uuid GROUP BY 1, 2
        ), places AS MATERIALIZED (
            SELECT c.cell, h.country, h.region FROM travel.user_cells c JOIN travel.h3_cells h USING (cell)
            WHERE c.user_id = $1::uuid AND c.res = 8
        ), seen AS MATERIALIZED (
            SELECT p.began, sum(p.cells)::bigint AS cells, sum(p.visits)::bigint AS visits,
                count(DISTINCT p.country) AS countries, count(p.region) AS regions
            FROM (
                SELECT y.began, o.country, o.region, count(*) AS cells, sum(c.visits) AS visits
                FROM years y CROSS JOIN LATERAL (
                    SELECT e.cell, sum(e.visits) AS visits FROM (
                        SELECT v.cell, 1 AS visits FROM travel.visits v
                        WHERE v.user_id = $1::uuid AND v.res = 8 AND v.entered_at >= y.began AND v.entered_at < y.ended
                        UNION ALL
                        SELECT l.cell, 0 FROM (
                            SELECT v.cell, v.left_at FROM travel.visits v
                            WHERE v.user_id = $1::uuid AND v.res = 8 AND v.entered_at < y.began
                            ORDER BY v.entered_at DESC LIMIT 1
                        ) AS l WHERE l.left_at >= y.began
                    ) AS e GROUP BY e.cell
                ) AS c JOIN places o USING (cell)
                GROUP BY y.began, o.country, o.region
            ) AS p GROUP BY p.began
        )
        SELECT extract(year FROM y.began AT TIME ZONE 'UTC')::integer, y.days, seen.cells,
            (SELECT count(*) FROM travel.user_cells c WHERE c.user_id = $1::uuid AND c.res = 8
                AND c.first_visited_at >= y.began AND c.first_visited_at < y.ended),
            seen.visits, seen.countries, fresh.countries, seen.regions, fresh.regions,
            ways.trips, ways.metres, ways.seconds, unseen.metres, ways.longest
        FROM years y
        LEFT JOIN seen ON seen.began = y.began
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE r.region = '') AS countries, count(*) FILTER (WHERE r.region <> '') AS regions
            FROM travel.user_regions r
            WHERE r.user_id = $1::uuid AND r.first_visited_at >= y.began AND r.first_visited_at < y.ended
        ) AS fresh
        CROSS JOIN LATERAL (
            SELECT count(*) AS trips, coalesce(sum(w.metres), 0) AS metres, max(w.metres) AS longest,
                coalesce(sum(extract(epoch FROM w.ended_at - w.began_at)), 0)::float8 AS seconds
            FROM travel.trips w WHERE w.user_id = $1::uuid AND w.began_at >= y.began AND w.began_at < y.ended
        ) AS ways
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(w.metres), 0) AS metres FROM travel.unseen_ways w
            WHERE w.user_id = $1::uuid AND w.began_at >= y.began AND w.began_at < y.ended
        ) AS unseen
        ORDER BY y.began DESC
        """)
}
