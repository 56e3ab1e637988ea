internal import Model

/// The statements of the journal.
enum LocationStatements {
    /// Inserts the rows whose device is known and gives the devices that are not. Rows that are already there are left
    /// alone, so that a batch may be written again.
    ///
    /// `IS TRUE` keeps the planner, which cannot see how long an array is, from joining by a nested loop: it looks each
    /// row's device up in a hash of the known ones.
    ///
    /// A device that was erased and registered again takes nothing that was received before that (`accepts_since`), so
    /// that what a journal still holds of it does not come back. It is rare, and asked for once a batch.
    static let insert = PostgresStatement(
        "core.insert_locations",
        """
        WITH known AS MATERIALIZED (
            SELECT d.device_id, d.accepts_since FROM core.devices d WHERE d.device_id = ANY($1::uuid[])
        ), written AS (
            INSERT INTO core.locations (
                device_id, captured_at, created_at, latitude, longitude, accuracy, altitude, bearing, speed, provider,
                battery_level, network_type)
            SELECT g.* FROM unnest(
                $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::float8[], $6::float8[], $7::float8[],
                $8::float8[], $9::float8[], $10::float8[], $11::text[], $12::int2[], $13::text[]) AS g(device_id, captured_at, created_at)
            WHERE (g.device_id IN (SELECT k.device_id FROM known k)) IS TRUE
                AND (NOT EXISTS (SELECT FROM known k WHERE k.accepts_since IS NOT NULL)
                    OR g.created_at > (
                        SELECT coalesce(k.accepts_since, '-infinity') FROM known k WHERE k.device_id = g.device_id))
            ON CONFLICT DO NOTHING
        )
        SELECT given.device_id FROM unnest($1::uuid[]) AS given(device_id)
        WHERE given.device_id NOT IN (SELECT k.device_id FROM known k)
        """)

    static func insertion(of batch: WriteBehindBuffer<JournalUnit>.Batch) -> PostgresQuery {
        var devices = Set<UniqueID>(minimumCapacity: batch.units.count)
        batch.forEachRow { devices.insert($0.device.rawValue) }
        var parameters = PostgresParameters()
        parameters.reserve(bytes: 64 * 13 + batch.rowCount * 190)
        parameters.append(array: devices)
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
        return PostgresQuery(insert, parameters)
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
