internal import Model
internal import Persistence
internal import Telemetry

/// What a database says of itself, as far as a hub depends on it.
struct DatabaseFacts: Equatable, Sendable {
    /// As `server_version_num`: 150004.
    var version: Int
    var encoding: String
    /// Whether a commit waits for the disk: `synchronous_commit`, `fsync` and `full_page_writes`.
    var synchronousCommit: String
    var fsync: Bool
    var fullPageWrites: Bool
    /// Whether it is a standby, which takes no writes.
    var isStandby: Bool
    /// Whether the role may make schemas.
    var mayCreate: Bool
    var maximumConnections: Int
    /// What is open now, this connection included; of all roles.
    var connections: Int
    /// How far its clock is ahead of this machine's.
    var clockOffset: Duration
    /// Extensions that can be installed or are.
    var extensions: Set<String>
    var migrations: MigrationStatus
    /// Whether the map of countries and regions is imported; nothing where there is no room for one yet.
    var hasMap: Bool?
    /// Since when the oldest transaction is open, in whole seconds; it holds back clean-up.
    var oldestTransactionSeconds: Int

    /// Asks the database, and changes nothing.
    init(
        asking connection: PostgresConnection, clock: SystemClock, log: Logger
    ) async throws(PostgresError) {
        let before = clock.now
        let row = try await connection.query(PostgresQuery(DatabaseFacts.question))[0]
        let after = clock.now
        version = Int(row.int32(0) ?? 0)
        encoding = row.text(1) ?? ""
        synchronousCommit = row.text(2) ?? ""
        fsync = row.bool(3) ?? false
        fullPageWrites = row.bool(4) ?? false
        isStandby = row.bool(5) ?? true
        mayCreate = row.bool(6) ?? false
        maximumConnections = Int(row.int32(7) ?? 0)
        connections = Int(row.int32(8) ?? 0)
        let middle = (before.milliseconds + after.milliseconds) / 2
        clockOffset = .milliseconds((row.timestamp(9)?.milliseconds ?? middle) - middle)
        oldestTransactionSeconds = Int(row.int32(10) ?? 0)
        let available = try await connection.query(PostgresQuery(DatabaseFacts.availableExtensions))
        extensions = Set(available.rows.compactMap { $0.text(0) })
        migrations = try await Migrator(areas: Features.migrations, log: log).status(on: connection)
        if try await connection.query(PostgresQuery(DatabaseFacts.placeOfMap))[0].bool(0) ?? false {
            hasMap = try await connection.query(PostgresQuery(DatabaseFacts.map))[0].bool(0)
        }
    }

    private static let question = PostgresStatement(
        "doctor.database",
        """
        SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
            current_setting('synchronous_commit'), current_setting('fsync')::bool,
            current_setting('full_page_writes')::bool, pg_is_in_recovery(),
            has_database_privilege(current_database(), 'CREATE'), current_setting('max_connections')::int,
            (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend'), clock_timestamp(),
            (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::int FROM pg_stat_activity
             WHERE backend_type = 'client backend')
        """)

    private static let placeOfMap = PostgresStatement(
        "doctor.place_of_map", "SELECT to_regclass('travel.region_map') IS NOT NULL")

    private static let map = PostgresStatement("doctor.map", "SELECT EXISTS (SELECT FROM travel.region_map)")

    private static let availableExtensions = PostgresStatement(
        "doctor.extensions", "SELECT name::text FROM pg_available_extensions")
}
