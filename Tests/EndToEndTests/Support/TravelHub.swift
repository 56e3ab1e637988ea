import Configuration
import Earth
import GeoPackage
import Hub
import HubTesting
import Model
import Persistence
import Travel
import Wire

/// A hub that knows a few squares of the earth, each a degree wide: enough to travel in.
enum TravelHub {
    /// Runs `body` with a hub of its own, which starts with the map.
    static func with<Value: Sendable>(
        _ configure: @escaping @Sendable (inout HubConfiguration) -> Void = { _ in },
        _ body: (RunningHub) async throws -> Value
    ) async throws -> Value {
        let first = try await RunningHub.start { _ in }
        do {
            try await importMap(into: first.database)
        } catch {
            await first.stop()
            throw error
        }
        await first.hub.stop()
        let hub = try await RunningHub.start(on: first.test.uri, configure)
        let running = RunningHub(
            hub: hub, test: first.test, database: first.database, keys: first.keys,
            address: HubAddress(port: hub.port, key: first.address.key))
        let upkeep = Task { await hub.run() }
        do {
            let value = try await body(running)
            upkeep.cancel()
            await running.stop()
            return value
        } catch {
            upkeep.cancel()
            await running.stop()
            throw error
        }
    }

    private static func importMap(into database: Database) async throws {
        let squares = [
            (Country(code: "US", name: "United States"), ("US-CA", "California"), -123.0, 37.0),
            (Country(code: "US", name: "United States"), ("US-NV", "Nevada"), -120.0, 39.0),
            (Country(code: "SK", name: "Slovakia"), ("SK-BL", "Bratislavský kraj"), 17.0, 48.0),
            (Country(code: "MC", name: "Monaco"), nil, 7.0, 43.0),
            (Country(code: "FJ", name: "Fiji"), ("FJ-N", "Northern"), 179.0, -17.0),
        ]
        var builder = RegionMapBuilder()
        for (country, region, west, south) in squares {
            let corners = [(0.0, 0.0), (1, 0), (1, 1), (0, 1), (0, 0)].map { east, north in
                Polygon.Point(longitude: west + east, latitude: south + north)
            }
            try builder.add(
                country: country, region: region.map { Region(code: $0, country: country.code, name: $1) },
                polygons: [Polygon(rings: [corners])])
        }
        let map = builder.build()
        try await RegionStore(database: database).replace(map, counts: CellCounts(of: RegionIndex(map)), at: .now)
    }
}

/// What an ingestion sends.
struct Whereabout {
    var latitude: Double
    var longitude: Double
    /// Seconds after 2024-12-28T10:30:00Z.
    var seconds: Int
    var cell: String?

    init(_ latitude: Double, _ longitude: Double, _ seconds: Int, cell: String? = nil) {
        self.latitude = latitude
        self.longitude = longitude
        self.seconds = seconds
        self.cell = cell
    }

    var json: String {
        let cell = cell.map { #","h3Res8":"\#($0)""# } ?? ""
        let time = Timestamp(milliseconds: 1_735_381_800_000 + Int64(seconds) * 1000).milliseconds
        return #"{"latitude":\#(latitude),"longitude":\#(longitude),"timestamp":\#(time)\#(cell)}"#
    }
}

extension TestPerson {
    static let ingest = "/api/v1/location/ingest"
    static let ingestBatch = "/api/v1/location/ingest/batch"

    func ingest(_ place: Whereabout) async throws -> HTTPAnswer { try await post(TestPerson.ingest, place.json) }

    func ingest(_ places: [Whereabout]) async throws -> HTTPAnswer {
        try await post(TestPerson.ingestBatch, #"{"locations":[\#(places.map(\.json).joined(separator: ","))]}"#)
    }
}

extension HTTPAnswer {
    /// The codes of the countries or regions that an ingestion discovered.
    func discovered(_ kind: String) -> [String] {
        json["discoveries"]?[kind]?.array?.compactMap { $0["code"]?.string } ?? []
    }

    func count(_ group: String, _ name: String) -> Int64? { json[group]?[name]?.integer }
}
