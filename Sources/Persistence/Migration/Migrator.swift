package import Telemetry

/// Brings a database's schemas up to this hub's, under an advisory lock, so that hubs may start together.
package struct Migrator: Sendable {
    let areas: [MigrationArea]
    private let log: Logger

    /// - Parameter areas: In the order in which they are applied: `core` first.
    package init(areas: [MigrationArea], log: Logger) {
        self.areas = areas
        self.log = log
    }

    /// Applies what is missing; returns how many steps that were.
    ///
    /// - Parameter connection: Used by nobody else meanwhile. The lock is released at the end, or with the connection.
    package func migrate(on connection: PostgresConnection) async throws(MigrationError) -> Int {
        do throws(PostgresError) {
            _ = try await connection.query(Migrator.lock.with(Migrator.lockKey), timeout: .seconds(600))
            try await connection.run(script: Migrator.bookkeeping)
        } catch {
            throw .database(error)
        }
        let applied = try await apply(on: connection)
        do throws(PostgresError) {
            _ = try await connection.query(Migrator.unlock.with(Migrator.lockKey))
        } catch {
            throw .database(error)
        }
        return applied
    }

    private func apply(on connection: PostgresConnection) async throws(MigrationError) -> Int {
        var missing: [(MigrationArea, Migration)] = []
        for area in areas {
            let known = try await appliedSteps(of: area, on: connection)
            for migration in area.migrations {
                guard let isUnchanged = known[migration.number] else {
                    missing.append((area, migration))
                    continue
                }
                guard isUnchanged else {
                    throw .changed(area: area.name, number: migration.number, name: migration.name)
                }
            }
        }
        for (area, migration) in missing {
            do throws(PostgresError) {
                try await connection.run(script: Migrator.script(of: migration, in: area), timeout: .seconds(3600))
            } catch {
                throw .failed(area: area.name, number: migration.number, name: migration.name, error)
            }
            log.info(
                "migration applied",
                ["area": .string(area.name), "number": .integer(migration.number), "name": .string(migration.name)])
        }
        return missing.count
    }

    /// The numbers of the steps that were applied, each with whether its text is still the same.
    private func appliedSteps(
        of area: MigrationArea, on connection: PostgresConnection
    ) async throws(MigrationError) -> [Int: Bool] {
        var parameters = PostgresParameters()
        parameters.append(area.name)
        parameters.append(array: area.migrations.map { Int32($0.number) })
        parameters.append(array: area.migrations.map { [UInt8]($0.sql.utf8) })
        let result: PostgresResult
        do throws(PostgresError) {
            result = try await connection.query(PostgresQuery(Migrator.applied, parameters))
        } catch {
            throw .database(error)
        }
        var steps: [Int: Bool] = [:]
        for row in result.rows {
            let number = Int(row.int32(0) ?? 0)
            guard let isUnchanged = row.bool(2) else {
                throw .unknown(area: area.name, number: number, name: row.text(1) ?? "")
            }
            steps[number] = isUnchanged
        }
        return steps
    }

    /// Any number will do, as long as every version of the hub takes the same.
    private static let lockKey: Int64 = 0x7072_6573_656e_6365

    private static let lock = PostgresStatement("core.migration_lock", "SELECT pg_advisory_lock($1::bigint)")
    private static let unlock = PostgresStatement("core.migration_unlock", "SELECT pg_advisory_unlock($1::bigint)")

    private static let bookkeeping = """
        SET client_min_messages = warning;
        CREATE SCHEMA IF NOT EXISTS core;
        CREATE TABLE IF NOT EXISTS core.schema_migrations (
            area       text NOT NULL,
            number     integer NOT NULL,
            name       text NOT NULL,
            checksum   bytea NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (area, number)
        );
        """

    /// The third column is null for a step this hub does not have.
    static let applied = PostgresStatement(
        "core.applied_migrations",
        """
        SELECT m.number, m.name, m.checksum = sha256(ours.content)
        FROM core.schema_migrations m
        LEFT JOIN unnest($2::int[], $3::bytea[]) AS ours(number, content) USING (number)
        WHERE m.area = $1::text ORDER BY m.number
        """)

    /// The step and the note that it was applied, in one transaction.
    private static func script(of migration: Migration, in area: MigrationArea) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let hexadecimal = String(
            decoding: migration.sql.utf8.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        return """
            CREATE SCHEMA IF NOT EXISTS \(area.name);
            \(migration.sql)
            ;INSERT INTO core.schema_migrations (area, number, name, checksum)
            VALUES ('\(area.name)', \(migration.number), '\(migration.name)', sha256('\\x\(hexadecimal)'::bytea));
            """
    }
}
