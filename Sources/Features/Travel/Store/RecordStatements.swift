internal import Persistence

/// The statements of records.
enum RecordStatements {
    static let ensure = PostgresStatement(
        "travel.ensure",
        """
        INSERT INTO travel.travellers (user_id, map_number)
        SELECT $1::uuid, coalesce((SELECT m.number FROM travel.region_map m), 0) ON CONFLICT DO NOTHING
        """)

    static let traveller = PostgresStatement(
        "travel.traveller",
        """
        SELECT t.version, t.dirty_from, t.dirty_to, t.worked_to,
            (SELECT min(d.since) FROM travel.tracked_devices d WHERE d.user_id = t.user_id),
            EXISTS (SELECT FROM travel.erased_devices e WHERE e.user_id = t.user_id)
        FROM travel.travellers t WHERE t.user_id = $1::uuid
        """)

    /// Stores points that are not there yet, and marks what has to be worked in. One row: how many were new.
    static let add = PostgresStatement(
        "travel.add_points",
        """
        WITH fresh AS (
            INSERT INTO travel.points (user_id, captured_at, latitude, longitude)
            SELECT $1::uuid, g.* FROM unnest($2::timestamptz[], $3::float8[], $4::float8[]) AS g
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
        SELECT count(*) FROM fresh
        """)

    /// Marks live points that are not worked in.
    static let mark = PostgresStatement(
        "travel.mark",
        """
        UPDATE travel.travellers t
        SET version = t.version + 1, dirty_from = least(t.dirty_from, $2::timestamptz),
            dirty_to = greatest(t.dirty_to, $3::timestamptz)
        WHERE t.user_id = $1::uuid
        """)

    /// Where a reading begins that starts before `$2`, and of which no point before `$3` may be read if that is not null: the
    /// last two landmarks, newest first, or none; with each the last visits that began before the older one or `$3`, and the
    /// stay that went on at `$3`.
    static let start = PostgresStatement(
        "travel.start",
        """
        WITH marks AS MATERIALIZED (
            SELECT l.passed_at, l.settled_at FROM travel.landmarks l
            WHERE l.user_id = $1::uuid AND l.passed_at < $2::timestamptz AND l.settled_at < $2::timestamptz
                AND l.passed_at >= coalesce($3::timestamptz, '-infinity')
            ORDER BY l.passed_at DESC, l.settled_at DESC LIMIT 2
        ), first AS MATERIALIZED (
            SELECT CASE WHEN count(*) = 2 THEN min(m.passed_at) ELSE $3::timestamptz END AS point, count(*) AS marks
            FROM marks m
        )
        SELECT m.passed_at, m.settled_at, v.entered_at, v.left_at, v.cell, w.entered_at, w.left_at, w.cell,
            s.began_at, s.latitude, s.longitude
        FROM first f
        LEFT JOIN marks m ON true
        LEFT JOIN LATERAL (
            SELECT * FROM travel.visits v WHERE v.user_id = $1::uuid AND v.res = 8 AND v.entered_at < f.point
            ORDER BY v.entered_at DESC LIMIT 1
        ) AS v ON true
        LEFT JOIN LATERAL (
            SELECT * FROM travel.visits w WHERE w.user_id = $1::uuid AND w.res = 6 AND w.entered_at < f.point
            ORDER BY w.entered_at DESC LIMIT 1
        ) AS w ON true
        LEFT JOIN LATERAL (
            SELECT * FROM travel.stays s
            WHERE s.user_id = $1::uuid AND s.began_at < $3::timestamptz AND f.marks < 2
            ORDER BY s.began_at DESC LIMIT 1
        ) AS s ON s.ended_at >= $3::timestamptz
        ORDER BY m.passed_at DESC, m.settled_at DESC
        """)

    /// Points of a person from `$2` on, at most `$3`, in order. A moment may be there twice: from a device, which
    /// counts, and by ingestion. Devices count while they are that person's. Receivers that are worse than half a kilometre
    /// say nothing of cells.
    static let track = PostgresStatement(
        "travel.track",
        """
        SELECT p.captured_at, p.latitude, p.longitude FROM (
            (SELECT p.captured_at, p.latitude, p.longitude, 1 AS source FROM travel.points p
             WHERE p.user_id = $1::uuid AND p.captured_at >= $2::timestamptz
             ORDER BY p.captured_at LIMIT $3::integer)
            UNION ALL
            SELECT l.captured_at, l.latitude, l.longitude, 0 FROM travel.tracked_devices d
            JOIN core.devices o ON o.device_id = d.device_id AND o.owner_id = d.user_id
            CROSS JOIN LATERAL (
                SELECT l.captured_at, l.latitude, l.longitude FROM core.locations l
                WHERE l.device_id = d.device_id AND l.captured_at >= greatest($2::timestamptz, d.since)
                    AND l.captured_at < coalesce(d.until, 'infinity') AND l.accuracy <= 500
                ORDER BY l.captured_at LIMIT $3::integer
            ) AS l
            WHERE d.user_id = $1::uuid
        ) AS p ORDER BY p.captured_at, p.source LIMIT $3::integer
        """)

    /// When the trip ended that somebody was on at `$2`; no row for none. Trips follow each other.
    static let tripEnd = PostgresStatement(
        "travel.trip_end",
        """
        SELECT t.ended_at FROM (
            SELECT t.ended_at FROM travel.trips t WHERE t.user_id = $1::uuid AND t.began_at < $2::timestamptz
            ORDER BY t.began_at DESC LIMIT 1
        ) AS t WHERE t.ended_at >= $2::timestamptz
        """)

    static let knownLandmarks = PostgresStatement(
        "travel.known_landmarks",
        """
        SELECT l.passed_at, l.settled_at FROM travel.landmarks l
        WHERE l.user_id = $1::uuid AND l.passed_at > $2::timestamptz AND l.passed_at <= $3::timestamptz
        """)

    static let knownVisits = PostgresStatement(
        "travel.known_visits",
        """
        SELECT v.res, v.entered_at, v.cell FROM travel.visits v
        WHERE v.user_id = $1::uuid AND v.res IN (6, 8) AND v.entered_at > $2::timestamptz
            AND v.entered_at <= $3::timestamptz
        """)

    /// Of `travel.points` alone, from `$2` to `$3`, at most `$4`.
    static let points = PostgresStatement(
        "travel.points",
        """
        SELECT p.captured_at, p.latitude, p.longitude FROM travel.points p
        WHERE p.user_id = $1::uuid AND p.captured_at BETWEEN $2::timestamptz AND $3::timestamptz
        ORDER BY p.captured_at LIMIT $4::integer
        """)

    // MARK: A change

    static let begin = PostgresStatement("travel.begin_change", "SELECT travel.begin_change($1::uuid, $2::bigint)")

    static let unknownCells = PostgresStatement(
        "travel.unknown_cells",
        """
        SELECT c FROM unnest($1::bigint[]) AS c WHERE NOT EXISTS (SELECT FROM travel.h3_cells h WHERE h.cell = c)
        """)

    static let learn = PostgresStatement(
        "travel.learn_cells",
        """
        INSERT INTO travel.h3_cells (cell, res, country, region, is_land, is_northern, map_number)
        SELECT * FROM unnest(
            $1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::integer[]) AS g
        ORDER BY 1
        ON CONFLICT DO NOTHING
        """)

    static let note = PostgresStatement(
        "travel.note_cells",
        """
        SELECT n.kind, n.code, n.at_cell, n.at_res, n.at_time
        FROM travel.note_cells($1::uuid, $2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS n
        ORDER BY n.at_time, n.at_cell
        """)

    static let visits = PostgresStatement(
        "travel.replace_visits",
        """
        SELECT travel.replace_visits(
            $1::uuid, $2::smallint, $3::timestamptz, $4::timestamptz, $5::timestamptz[], $6::timestamptz[],
            $7::bigint[])
        """)

    static let forget = PostgresStatement(
        "travel.forget_journeys",
        """
        SELECT travel.forget_journeys(
            $1::uuid, $2::timestamptz, $3::timestamptz, $4::timestamptz, $5::timestamptz)
        """)

    static let landmarks = PostgresStatement(
        "travel.add_landmarks",
        """
        INSERT INTO travel.landmarks (user_id, passed_at, settled_at)
        SELECT $1::uuid, g.* FROM unnest($2::timestamptz[], $3::timestamptz[]) AS g ON CONFLICT DO NOTHING
        """)

    static let stays = PostgresStatement(
        "travel.add_stays",
        """
        INSERT INTO travel.stays (user_id, began_at, ended_at, latitude, longitude)
        SELECT $1::uuid, g.* FROM unnest($2::timestamptz[], $3::timestamptz[], $4::float8[], $5::float8[]) AS g
        """)

    static let trips = PostgresStatement(
        "travel.add_trips",
        """
        INSERT INTO travel.trips (user_id, began_at, ended_at, metres, top_speed, path)
        SELECT $1::uuid, g.*
        FROM unnest($2::timestamptz[], $3::timestamptz[], $4::float8[], $5::float8[], $6::bytea[]) AS g
        """)

    static let unseen = PostgresStatement(
        "travel.add_unseen_ways",
        """
        INSERT INTO travel.unseen_ways (user_id, began_at, ended_at, metres)
        SELECT $1::uuid, g.* FROM unnest($2::timestamptz[], $3::timestamptz[], $4::float8[]) AS g
        """)

    /// One row: how many of the days were new.
    static let days = PostgresStatement(
        "travel.note_days",
        """
        SELECT travel.note_days($1::uuid, ARRAY(SELECT date '1970-01-01' + d FROM unnest($2::integer[]) AS d))
        """)

    /// Says what is left, and up to where all is worked in.
    static let end = PostgresStatement(
        "travel.end_change",
        """
        UPDATE travel.travellers t
        SET dirty_from = $2::timestamptz, dirty_to = CASE WHEN $2::timestamptz IS NULL THEN NULL
                ELSE greatest(t.dirty_to, $2::timestamptz) END,
            worked_to = greatest(t.worked_to, $3::timestamptz)
        WHERE t.user_id = $1::uuid
        """)
}
