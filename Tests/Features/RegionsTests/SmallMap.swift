import Foundation
import HubTesting
import Testing

/// A GeoPackage of a few squares, made by SQLite's own program.
final class SmallMap {
    let folder = FileManager.default.temporaryDirectory.appending(path: "regions-\(UUID())")
    var path: String { folder.appending(path: "world_map.gpkg").path }

    /// - Parameter squares: Features by id: the map's own country, name and country's name, and a square's south-west corner.
    init(_ squares: [(id: Int, iso: String, name: String, admin: String, longitude: Double, latitude: Double)]) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var sql = """
            PRAGMA application_id = 1196444487;
            CREATE TABLE states_provinces (fid INTEGER PRIMARY KEY, geom BLOB, iso_a2 TEXT, name TEXT, admin TEXT);
            """
        for square in squares {
            let shape = SmallMap.shape(square.longitude, square.latitude)
            sql += "INSERT INTO states_provinces VALUES (\(square.id), x'\(shape)', '\(square.iso)', "
            sql += "'\(square.name)', '\(square.admin)');"
        }
        try #require(SystemProgram.run("/usr/bin/sqlite3", ["-bail", path, sql]) == 0)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A square of a degree, in hexadecimal.
    private static func shape(_ longitude: Double, _ latitude: Double) -> String {
        var digits = "47500001e6100000" + "01" + "03000000" + "01000000" + "05000000"
        for (east, north) in [(0.0, 0.0), (1, 0), (1, 1), (0, 1), (0, 0)] {
            for number in [longitude + east, latitude + north] {
                for place in 0..<8 {
                    digits += String(format: "%02x", Int(truncatingIfNeeded: number.bitPattern >> (8 * place)) & 0xFF)
                }
            }
        }
        return digits
    }
}
