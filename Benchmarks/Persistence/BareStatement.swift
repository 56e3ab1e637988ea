import EventLoop
import Model
import Persistence

/// The best bulk statement by itself: what a row costs Postgres when nothing is asked of it but to be there.
///
/// No device is looked up, no row that is there already is expected, one batch follows the other on one connection. What the hub's
/// own statement costs is told in terms of it.
enum BareStatement {
    private static let insert = PostgresStatement(
        "bench.insert_locations",
        """
        INSERT INTO core.locations (
            device_id, captured_at, created_at, latitude, longitude, accuracy, altitude, bearing, speed, battery_level)
        SELECT * FROM unnest(
            $1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::float8[], $5::float8[], $6::float8[], $7::float8[],
            $8::float8[], $9::float8[], $10::int2[])
        """)

    /// Writes `total` rows of `devices` in turn, `batchRows` in a statement, from `first` on each a millisecond later.
    static func write(
        _ total: Int, batchRows: Int, of devices: [DeviceID], from first: Timestamp, into database: Database
    ) async throws {
        for start in stride(from: 0, to: total, by: batchRows) {
            let numbers = start..<min(start + batchRows, total)
            var parameters = PostgresParameters()
            parameters.append(column: numbers) { devices[$0 % devices.count].rawValue }
            parameters.append(column: numbers) { first.advanced(by: .milliseconds($0)) }
            parameters.append(column: numbers) { first.advanced(by: .milliseconds($0)) }
            parameters.append(column: numbers) { 48.1 + Double($0 % 1000) * 1e-5 }
            parameters.append(column: numbers) { 17.1 + Double($0 % 1000) * 1e-5 }
            parameters.append(column: numbers) { _ in 5.5 }
            parameters.append(column: numbers) { _ in 152.5 }
            parameters.append(column: numbers) { _ in 87.5 }
            parameters.append(column: numbers) { _ in 1.4 }
            parameters.append(column: numbers) { _ in Int16(80) }
            _ = try await database.query(PostgresQuery(insert, parameters))
        }
    }
}
