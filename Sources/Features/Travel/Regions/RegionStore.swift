package import Earth
package import Model
package import Persistence

/// Countries, regions and their map in Postgres, which all hubs of a database share.
package struct RegionStore: Sendable {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// A map as it is stored.
    package struct StoredMap: Sendable {
        package let map: RegionMap
        /// Changes with the map; SHA-256.
        package let digest: [UInt8]
        /// Grows with every import of another map; from 1.
        package let number: Int32
    }

    /// Puts a map in the place of the one before, in one transaction. Countries and regions that it lacks stay as former ones.
    ///
    /// - Parameter counts: Of the same map.
    package func replace(
        _ map: RegionMap, counts: CellCounts, at now: Timestamp
    ) async throws(PostgresError) {
        // The map's row first: it is what a second import waits at.
        let queries = [
            RegionStatements.replaceMap.with(map.bytes, now), RegionStatements.retireCountries.with(),
            RegionStatements.retireRegions.with(), RegionStore.upserting(map.countries, counts.countries),
            RegionStore.upserting(map.regions, counts.regions),
        ]
        _ = try await database.transaction(queries, timeout: .seconds(60))
    }

    /// The map; nothing before the first import.
    ///
    /// - Throws: ``RegionStoreError``.
    package func load() async throws(RegionStoreError) -> StoredMap? {
        let row: PostgresRow
        do throws(PostgresError) {
            let result = try await database.query(RegionStatements.map.with(), timeout: .seconds(60))
            guard result.rowCount == 1 else { return nil }
            row = result[0]
        } catch {
            throw .database(error)
        }
        guard let bytes = row.bytes(0), let digest = row.bytes(1), let number = row.int32(2) else { return nil }
        do throws(RegionMapError) {
            return StoredMap(map: try RegionMap(bytes), digest: digest, number: number)
        } catch {
            throw .map(error)
        }
    }

    /// The stored map's number, by which a hub sees that there has been an import; 0 before the first.
    package func number() async throws(PostgresError) -> Int32 {
        try await database.query(RegionStatements.number.with()).rows.first { _ in true }?.int32(0) ?? 0
    }

    /// The stored map's digest, by which a hub sees that there has been an import.
    package func digest() async throws(PostgresError) -> [UInt8]? {
        try await database.query(RegionStatements.digest.with()).rows.first { _ in true }?.bytes(0)
    }

    private static func upserting(_ countries: [Country], _ counts: [CellCounts.Count]) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append(array: countries.map(\.code))
        parameters.append(array: countries.map(\.name))
        append(counts, to: &parameters)
        return PostgresQuery(RegionStatements.upsertCountries, parameters)
    }

    private static func upserting(_ regions: [Region], _ counts: [CellCounts.Count]) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append(array: regions.map(\.code))
        parameters.append(array: regions.map(\.country))
        parameters.append(array: regions.map(\.name))
        parameters.append(column: regions) { $0.parent }
        append(counts, to: &parameters)
        return PostgresQuery(RegionStatements.upsertRegions, parameters)
    }

    private static func append(_ counts: [CellCounts.Count], to parameters: inout PostgresParameters) {
        parameters.append(array: counts.map { Int32(clamping: $0.city) })
        parameters.append(array: counts.map { Int32(clamping: $0.neighbourhood) })
        parameters.append(array: counts.map(\.squareKilometres))
    }
}

/// Why the stored map could not be had.
package enum RegionStoreError: Error, Sendable, CustomStringConvertible {
    case database(PostgresError)
    /// Of a newer hub, or damaged.
    case map(RegionMapError)

    package var description: String {
        switch self {
        case .database(let error): error.description
        case .map: "the stored map of regions cannot be read; import it again"
        }
    }
}
