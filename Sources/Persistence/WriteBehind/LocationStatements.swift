internal import Model

/// The statements of the journal.
enum LocationStatements {
    /// Inserts the rows whose device is known; rows that are already there are left alone, so that a batch may be written
    /// again. Gives a row for each device that is not known, or one; each tells besides whether rows were there although they
    /// were called new (ADR 56), and what is to be remembered of the devices (``DeviceKnowledge``).
    static let insert = PostgresStatement(
        "core.insert_locations",
        """
        SELECT w.were_there, w.removals, w.accepts_since, u.device_id
        FROM core.write_locations(
            $1::uuid[], $2::int8, $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::float8[], $7::float8[],
            $8::float8[], $9::float8[], $10::float8[], $11::float8[], $12::text[], $13::int2[], $14::text[], $15::bool) AS w
        LEFT JOIN LATERAL unnest(w.unknown) AS u (device_id) ON true
        """)

    /// - Parameter areNew: Whether no row of the batch is believed to be there, which costs Postgres a third less.
    static func insertion(
        of batch: WriteBehindBuffer<JournalUnit>.Batch, areNew: Bool, lookup: DeviceLookup
    ) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.reserve(bytes: 64 * 13 + batch.rowCount * 170 + lookup.devices.count * 20)
        parameters.append(array: lookup.devices)
        parameters.append(lookup.removals)
        parameters.append(column: batch) { $0.device.rawValue }
        parameters.append(column: batch) { $0.capturedAt }
        parameters.append(column: batch) { $0.receivedAt }
        parameters.append(column: batch) { $0.latitude }
        parameters.append(column: batch) { $0.longitude }
        parameters.append(column: batch) { $0.accuracy }
        parameters.append(column: batch) { $0.altitude }
        parameters.append(column: batch) { $0.bearing }
        parameters.append(column: batch) { $0.speed }
        parameters.append(column: batch) { $0.provider }
        parameters.append(column: batch) { $0.batteryLevel.map { Int16(clamping: $0) } }
        parameters.append(column: batch) { $0.networkType }
        parameters.append(areNew)
        return PostgresQuery(insert, parameters)
    }

    /// What ``insert`` answered.
    static func outcome(of result: PostgresResult) -> InsertOutcome {
        let row = result[0]
        return InsertOutcome(
            wereThere: row.bool(0) ?? false, removals: row.int64(1), acceptsSince: row.timestamp(2),
            unknown: row.isNull(3) ? [] : Set(result.rows.compactMap { $0.uniqueID(3) }))
    }

    /// Moves `last_seen_at` forward; locks the rows in the order of their ids, as every such writer does.
    static let touch = PostgresStatement(
        "core.touch_devices",
        """
        WITH seen AS MATERIALIZED (
            SELECT d.device_id, g.moment
            FROM unnest($1::uuid[], $2::timestamptz[]) AS g(device_id, moment) JOIN core.devices d USING (device_id)
            WHERE d.last_seen_at < g.moment ORDER BY d.device_id FOR NO KEY UPDATE OF d
        )
        UPDATE core.devices d SET last_seen_at = seen.moment FROM seen
        WHERE d.device_id = seen.device_id AND d.last_seen_at < seen.moment
        """)

    static func touching(_ moments: ArraySlice<(key: DeviceID, value: Timestamp)>) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append(column: moments) { $0.key.rawValue }
        parameters.append(column: moments) { $0.value }
        return PostgresQuery(touch, parameters)
    }
}

extension PostgresParameters {
    /// Appends a one-dimensional array with one element for each row of the batch; `nil` becomes NULL.
    @inline(__always)
    fileprivate mutating func append<Element: PostgresEncodable>(
        column batch: WriteBehindBuffer<JournalUnit>.Batch, _ element: (borrowing LocationRow) -> Element?
    ) {
        append(columnOf: Element.self, count: batch.rowCount) { column in
            batch.forEachRow { column.append(element($0)) }
        }
    }
}
