internal import Jobs
internal import Persistence

/// The statements of imports.
enum ImportStatements {
    /// Begins one, unless as many are under way as may be. One row with its id, or none.
    static let begin = PostgresStatement(
        "travel.begin_import",
        """
        INSERT INTO travel.imports (id, user_id, name, format, created_at, touched_at)
        SELECT $1::uuid, $2::uuid, $3, $4, $5::timestamptz, $5::timestamptz
        WHERE (SELECT count(*) FROM travel.imports i
               WHERE i.user_id = $2::uuid AND i.state IN ('receiving', 'waiting', 'reading', 'recording'))
            < $6::integer
        RETURNING id
        """)

    static let addPiece = PostgresStatement(
        "travel.add_import_piece",
        "INSERT INTO travel.import_pieces (import_id, number, bytes) VALUES ($1::uuid, $2::integer, $3::bytea)")

    /// One row if it is still being received.
    static let notePiece = PostgresStatement(
        "travel.note_import_piece",
        """
        UPDATE travel.imports i SET bytes = i.bytes + $2::bigint, pieces = i.pieces + 1, touched_at = $3::timestamptz
        WHERE i.id = $1::uuid AND i.state = 'receiving' RETURNING i.id
        """)

    static let received = PostgresStatement(
        "travel.import_received",
        """
        UPDATE travel.imports i SET state = 'waiting', touched_at = $2::timestamptz
        WHERE i.id = $1::uuid AND i.state = 'receiving' RETURNING i.id
        """)

    static let remove = PostgresStatement("travel.remove_import", "DELETE FROM travel.imports i WHERE i.id = $1::uuid")

    private static let columns = """
        i.id, i.user_id, i.name, i.format, i.state, i.created_at, i.finished_at, i.bytes, i.pieces, i.bytes_read,
            i.points_read, i.points_added, i.skipped::text, i.first_at, i.last_at, i.is_cut, i.error, i.message,
            t.dirty_from
        """

    static let one = PostgresStatement(
        "travel.import",
        """
        SELECT \(columns) FROM travel.imports i JOIN travel.travellers t USING (user_id)
        WHERE i.id = $1::uuid
        """)

    /// Somebody's, the newest first.
    static let list = PostgresStatement(
        "travel.imports",
        """
        SELECT \(columns) FROM travel.imports i JOIN travel.travellers t USING (user_id)
        WHERE i.user_id = $1::uuid AND (i.created_at, i.id) < ($2::timestamptz, $3::uuid)
        ORDER BY i.created_at DESC, i.id DESC LIMIT $4::integer
        """)

    /// Everybody's that are read or worked in, or ended in the last half minute; at most $1 of either.
    static let lately = PostgresStatement(
        "travel.imports_lately",
        """
        SELECT \(columns) FROM (
            (SELECT * FROM travel.imports i WHERE i.state IN ('reading', 'recording') ORDER BY i.id LIMIT $1::integer)
            UNION ALL
            (SELECT * FROM travel.imports i WHERE i.finished_at > now() - interval '30 seconds'
             ORDER BY i.finished_at DESC LIMIT $1::integer)
        ) AS i JOIN travel.travellers t USING (user_id)
        """)

    static let startReading = PostgresStatement(
        "travel.start_import",
        """
        UPDATE travel.imports i SET state = 'reading'
        WHERE i.id = $1::uuid AND i.state IN ('waiting', 'reading') RETURNING i.id
        """)

    static let piece = PostgresStatement(
        "travel.import_piece",
        "SELECT p.bytes FROM travel.import_pieces p WHERE p.import_id = $1::uuid AND p.number = $2::integer")

    /// Stores points as ``RecordStatements/add`` does, and notes how far the file is read. One row with its state, unless
    /// another reading has got further.
    ///
    /// In the order of their moments, so that two files of one person cannot wait for each other; of a moment that is given
    /// twice, the first counts.
    static let advance = PostgresStatement(
        "travel.advance_import",
        """
        WITH going AS MATERIALIZED (
            SELECT i.user_id FROM travel.imports i
            WHERE i.id = $1::uuid AND i.state = 'reading' AND i.points_read = $2::bigint FOR UPDATE
        ), fresh AS (
            INSERT INTO travel.points (user_id, captured_at, latitude, longitude)
            SELECT g.user_id, p.captured_at, p.latitude, p.longitude FROM going g
            CROSS JOIN unnest($3::timestamptz[], $4::float8[], $5::float8[])
                WITH ORDINALITY AS p (captured_at, latitude, longitude, number)
            ORDER BY p.captured_at, p.number
            ON CONFLICT DO NOTHING
            RETURNING captured_at
        ), bounds AS (
            SELECT min(f.captured_at) AS first, max(f.captured_at) AS last, count(*) AS number FROM fresh f
        ), marked AS (
            UPDATE travel.travellers t
            SET version = t.version + 1, dirty_from = least(t.dirty_from, b.first),
                dirty_to = greatest(t.dirty_to, b.last)
            FROM bounds b, going g WHERE t.user_id = g.user_id AND b.first IS NOT NULL
        )
        UPDATE travel.imports i
        SET points_read = i.points_read + $6::bigint, points_added = i.points_added + b.number,
            bytes_read = $7::bigint, skipped = $8::text::jsonb,
            first_at = least(i.first_at, b.first), last_at = greatest(i.last_at, b.last)
        FROM bounds b, going g WHERE i.id = $1::uuid
        RETURNING i.state
        """)

    /// Ends the reading. One row, unless it was given up.
    static let endReading = PostgresStatement(
        "travel.end_import_reading",
        """
        UPDATE travel.imports i
        SET state = 'recording', bytes_read = $2::bigint, skipped = $3::text::jsonb, is_cut = $4::boolean, error = $5,
            message = $6
        WHERE i.id = $1::uuid AND i.state = 'reading' RETURNING i.id
        """)

    /// Pieces of one that is read or given up, some at a time; as many rows as there were.
    static let removePieces = PostgresStatement(
        "travel.remove_import_pieces",
        """
        DELETE FROM travel.import_pieces p WHERE p.import_id = $1::uuid AND p.number IN (
            SELECT q.number FROM travel.import_pieces q WHERE q.import_id = $1::uuid ORDER BY q.number LIMIT 64)
        """)

    static let finish = PostgresStatement(
        "travel.finish_import",
        """
        UPDATE travel.imports i
        SET state = CASE WHEN i.error IS NULL THEN 'done' ELSE 'failed' END, finished_at = $2::timestamptz
        WHERE i.id = $1::uuid AND i.state = 'recording'
        """)

    /// Gives one up. One row with its id, if it was not over.
    static let cancel = PostgresStatement(
        "travel.cancel_import",
        """
        UPDATE travel.imports i SET state = 'cancelled', finished_at = $3::timestamptz
        WHERE i.id = $1::uuid AND i.user_id = $2::uuid AND i.state IN ('receiving', 'waiting', 'reading')
        RETURNING i.id
        """)

    /// Gives up all of somebody's that are under way.
    static let cancelAll = PostgresStatement(
        "travel.cancel_imports",
        """
        UPDATE travel.imports i SET state = 'cancelled', finished_at = $2::timestamptz
        WHERE i.user_id = $1::uuid AND i.state IN ('receiving', 'waiting', 'reading', 'recording')
        """)

    // MARK: Upkeep

    /// Whose job is neither waiting nor being done: it was done as often as it may be.
    private static let isForsaken = """
        i.state IN ('waiting', 'reading', 'recording') AND NOT EXISTS (
                SELECT FROM core.jobs j WHERE j.kind = '\(ImportReading.job.name)' AND j.dedupe_key = i.id::text)
        """

    static let forsaken = PostgresStatement(
        "travel.forsaken_import", "SELECT i.id FROM travel.imports i WHERE \(isForsaken) LIMIT 1")

    /// Ends one of those. What was wrong with the file itself says more than that nobody went on with it.
    static let forsake = PostgresStatement(
        "travel.forsake_import",
        """
        UPDATE travel.imports i
        SET state = 'failed', finished_at = $2::timestamptz, error = coalesce(i.error, 'given_up'),
            message = CASE WHEN i.error IS NULL THEN 'It was tried as often as it may be' ELSE i.message END
        WHERE i.id = $1::uuid AND \(isForsaken)
        """)

    /// One that nothing more was sent of for long.
    static let stale = PostgresStatement(
        "travel.stale_import",
        """
        SELECT j.id FROM travel.imports j WHERE j.state = 'receiving' AND j.touched_at < $1::timestamptz
        ORDER BY j.touched_at LIMIT 1
        """)

    // MARK: Exports

    /// Points of a person from `$2` on and before `$3`, at most `$4`, in order, live ones and others: those of the record. A
    /// device counts while it is theirs.
    static let export = PostgresStatement(
        "travel.export_points",
        """
        SELECT p.captured_at, p.latitude, p.longitude FROM (
            (SELECT p.captured_at, p.latitude, p.longitude, 1 AS source FROM travel.points p
             WHERE p.user_id = $1::uuid AND p.captured_at >= $2::timestamptz AND p.captured_at < $3::timestamptz
             ORDER BY p.captured_at LIMIT $4::integer)
            UNION ALL
            SELECT l.captured_at, l.latitude, l.longitude, 0 FROM travel.tracked_devices d
            JOIN core.devices o ON o.device_id = d.device_id AND o.owner_id = d.user_id
            CROSS JOIN LATERAL (
                SELECT l.captured_at, l.latitude, l.longitude FROM core.locations l
                WHERE l.device_id = d.device_id AND l.captured_at >= greatest($2::timestamptz, d.since)
                    AND l.captured_at < least($3::timestamptz, d.until) AND l.accuracy <= 500
                ORDER BY l.captured_at LIMIT $4::integer
            ) AS l
            WHERE d.user_id = $1::uuid
        ) AS p ORDER BY p.captured_at, p.source LIMIT $4::integer
        """)

    // MARK: Erasure

    /// Some pieces of somebody's files; as many rows as there were.
    static let erasePieces = PostgresStatement(
        "travel.erase_import_pieces",
        """
        DELETE FROM travel.import_pieces p WHERE (p.import_id, p.number) IN (
            SELECT q.import_id, q.number FROM travel.imports i JOIN travel.import_pieces q ON q.import_id = i.id
            WHERE i.user_id = $1::uuid LIMIT 64)
        """)

    static let erase = PostgresStatement(
        "travel.erase_imports",
        """
        DELETE FROM travel.imports i WHERE i.id = ANY (ARRAY(
            SELECT j.id FROM travel.imports j WHERE j.user_id = $1::uuid LIMIT 100))
        """)
}
