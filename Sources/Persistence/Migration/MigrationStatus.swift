/// How a database's schemas stand to this hub's.
package struct MigrationStatus: Hashable, Sendable {
    /// One step of an area, as `core/2 (locations)`.
    package struct Step: Hashable, Sendable, CustomStringConvertible {
        package let area: String
        package let number: Int
        package let name: String

        package var description: String { "\(area)/\(number) (\(name))" }
    }

    /// Steps that were applied with the text that this hub has.
    package internal(set) var applied: [Step] = []
    /// Steps that the next start applies.
    package internal(set) var pending: [Step] = []
    /// Steps that were applied with another text.
    package internal(set) var changed: [Step] = []
    /// Steps that this hub does not have: a newer one was here.
    package internal(set) var unknown: [Step] = []

    /// Whether a hub of this version can use the database, after it has brought it up to date.
    package var isUsable: Bool { changed.isEmpty && unknown.isEmpty }
}

extension Migrator {
    /// Compares the schemas, and changes nothing. Steps of areas that this hub does not have are unknown ones.
    package func status(on connection: PostgresConnection) async throws(PostgresError) -> MigrationStatus {
        var status = MigrationStatus()
        let isThere = try await connection.query(PostgresQuery(Migrator.bookkeepingIsThere))[0].bool(0) ?? false
        guard isThere else {
            for area in areas { status.pending += area.migrations.map { area.step($0) } }
            return status
        }
        for area in areas {
            var parameters = PostgresParameters()
            parameters.append(area.name)
            parameters.append(array: area.migrations.map { Int32($0.number) })
            parameters.append(array: area.migrations.map { [UInt8]($0.sql.utf8) })
            var seen: Set<Int> = []
            for row in try await connection.query(PostgresQuery(Migrator.applied, parameters)).rows {
                let number = Int(row.int32(0) ?? 0)
                let step = MigrationStatus.Step(area: area.name, number: number, name: row.text(1) ?? "")
                seen.insert(number)
                switch row.bool(2) {
                case true?: status.applied.append(step)
                case false?: status.changed.append(step)
                case nil: status.unknown.append(step)
                }
            }
            status.pending += area.migrations.filter { !seen.contains($0.number) }.map { area.step($0) }
        }
        var parameters = PostgresParameters()
        parameters.append(array: areas.map { [UInt8]($0.name.utf8) })
        for row in try await connection.query(PostgresQuery(Migrator.ofOtherAreas, parameters)).rows {
            status.unknown.append(
                MigrationStatus.Step(
                    area: row.text(0) ?? "", number: Int(row.int32(1) ?? 0), name: row.text(2) ?? ""))
        }
        return status
    }

    private static let bookkeepingIsThere = PostgresStatement(
        "core.migrations_are_there", "SELECT to_regclass('core.schema_migrations') IS NOT NULL")

    /// The areas' names come as bytes.
    private static let ofOtherAreas = PostgresStatement(
        "core.migrations_of_other_areas",
        """
        SELECT area, number, name FROM core.schema_migrations
        WHERE convert_to(area, 'UTF8') <> ALL ($1::bytea[]) ORDER BY area, number
        """)
}

extension MigrationArea {
    fileprivate func step(_ migration: Migration) -> MigrationStatus.Step {
        MigrationStatus.Step(area: name, number: migration.number, name: migration.name)
    }
}
