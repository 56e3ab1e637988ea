internal import Persistence

/// The statements of ingestion.
enum IngestStatements {
    /// Of cells (none twice), those that somebody has been in, each looked up by its key: a plan for everybody would read all
    /// of one's cells; then all countries and regions they have been in.
    static let known = PostgresStatement(
        "travel.known_cells",
        """
        SELECT u.cell, NULL::text, NULL::text FROM unnest($2::bigint[]) AS g (cell)
        CROSS JOIN LATERAL (
            SELECT c.cell FROM travel.user_cells c WHERE c.user_id = $1::uuid AND c.cell = g.cell LIMIT 1
        ) AS u
        UNION ALL
        SELECT NULL, r.country, r.region FROM travel.user_regions r WHERE r.user_id = $1::uuid
        """)

    /// Stores points of a traveller and marks what has to be worked in. A row for each point: its time, whether it is new,
    /// and where the one is that was there before.
    static let store = PostgresStatement(
        "travel.ingest_points",
        """
        WITH given AS MATERIALIZED (
            SELECT g.* FROM unnest($2::timestamptz[], $3::float8[], $4::float8[]) AS g (captured_at, latitude, longitude)
        ), stored AS MATERIALIZED (
            SELECT p.captured_at, p.latitude, p.longitude FROM travel.points p
            WHERE p.user_id = $1::uuid AND p.captured_at = ANY ($2::timestamptz[])
        ), fresh AS (
            INSERT INTO travel.points (user_id, captured_at, latitude, longitude)
            SELECT $1::uuid, g.captured_at, g.latitude, g.longitude FROM given g
            ON CONFLICT DO NOTHING
            RETURNING captured_at
        ), bounds AS (
            SELECT min(f.captured_at) AS first, max(f.captured_at) AS last FROM fresh f
        ), marked AS (
            UPDATE travel.travellers t
            SET version = t.version + 1, dirty_from = least(t.dirty_from, b.first),
                dirty_to = greatest(t.dirty_to, b.last)
            FROM bounds b WHERE t.user_id = $1::uuid AND b.first IS NOT NULL
        )
        SELECT g.captured_at, f.captured_at IS NOT NULL, s.latitude, s.longitude
        FROM given g LEFT JOIN fresh f USING (captured_at) LEFT JOIN stored s USING (captured_at)
        """)

    /// What is recorded of cells that somebody has been in.
    static let cells = PostgresStatement(
        "travel.cells_of_traveller",
        """
        SELECT u.cell, u.res, u.first_visited_at, u.visit_count FROM unnest($2::bigint[]) AS g (cell)
        CROSS JOIN LATERAL (
            SELECT c.* FROM travel.user_cells c WHERE c.user_id = $1::uuid AND c.cell = g.cell LIMIT 1
        ) AS u
        """)

    /// The countries and regions of cells of resolution 8 that somebody has been in, with their names; by when they were
    /// there first, and then countries before their regions.
    static let regions = PostgresStatement(
        "travel.regions_of_cells",
        """
        SELECT r.country, r.region, r.first_visited_at, coalesce(g.name, c.name, nullif(r.region, ''), r.country)
        FROM (
            SELECT DISTINCT h.country, p.region FROM travel.h3_cells h
            CROSS JOIN LATERAL (VALUES (''), (h.region)) AS p (region)
            WHERE h.cell = ANY ($2::bigint[]) AND h.country IS NOT NULL AND p.region IS NOT NULL
        ) AS w
        JOIN travel.user_regions r ON (r.user_id, r.country, r.region) = ($1::uuid, w.country, w.region)
        LEFT JOIN travel.regions g ON g.code = r.region
        LEFT JOIN travel.countries c ON c.code = r.country AND r.region = ''
        ORDER BY r.first_visited_at, r.country, r.region
        """)
}
