import Foundation
import GeoPackage
import HubTesting
import Testing

/// A folder of its own, and files in it.
final class MapFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "geopackage-\(UUID())")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// A GeoPackage that SQLite's own program makes.
    func make(_ sql: String, named name: String = "map.gpkg") throws -> String {
        let path = url.appending(path: name).path
        try #require(SystemProgram.run("/usr/bin/sqlite3", ["-bail", path, sql]) == 0)
        return path
    }

    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = url.appending(path: name)
        try Data(bytes).write(to: path)
        return path.path
    }
}

@Suite struct `GeoPackage files` {
    private static let columns = ["name", "admin"]
    private static let schema = """
        PRAGMA application_id = 1196444487;
        CREATE TABLE states (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT, admin TEXT);
        """

    private static func row(_ id: Int, _ name: String, _ geometry: [UInt8]) -> String {
        let digits = geometry.map { String(format: "%02x", $0) }.joined()
        return "INSERT INTO states VALUES (\(id), x'\(digits)', '\(name)', NULL);"
    }

    private func read(
        _ path: String, layer: String = "states", columns: [String] = columns,
        limits: GeoPackageLimits = GeoPackageLimits()
    ) throws(GeoPackageError) -> [MapFeature] {
        var features: [MapFeature] = []
        try GeoPackageFile(path: path, limits: limits).read(layer: layer, columns: columns) { features.append($0) }
        return features
    }

    @Test func `give the features of a layer, by id`() throws {
        let folder = try MapFolder()
        let path = try folder.make(
            `GeoPackage files`.schema + `GeoPackage files`.row(7, "Zwölf", Geometry().bytes)
                + `GeoPackage files`.row(3, "Drei", Geometry(kind: 3).bytes))
        let features = try read(path)
        #expect(features.map(\.id) == [3, 7])
        #expect(features.map(\.texts) == [["Drei", nil], ["Zwölf", nil]])
        #expect(features[0].polygons.count == 1)
    }

    @Test(arguments: ["x'4750000100'", "NULL", "'text'", "x''"])
    func `with a shape that is none name the feature`(shape: String) throws {
        let folder = try MapFolder()
        let path = try folder.make(`GeoPackage files`.schema + "INSERT INTO states VALUES (9, \(shape), 'a', 'b');")
        #expect(throws: GeoPackageError.geometry(feature: 9, .truncated)) { try read(path) }
    }

    @Test func `without the layer or a column say so`() throws {
        let folder = try MapFolder()
        let path = try folder.make(
            `GeoPackage files`.schema + "CREATE VIEW trap AS SELECT 1 AS fid, x'' AS geom, 'a' AS name, 'b' AS admin;")
        for layer in ["other", "trap", "", "states\"; DROP TABLE states; --", "sqlite_master"] {
            #expect(throws: GeoPackageError.missing(layer: layer)) { try read(path, layer: layer) }
        }
        #expect(throws: GeoPackageError.missing(layer: "states")) { try read(path, columns: ["population(1)"]) }
    }

    @Test(arguments: [false, true])
    func `whose layer is a virtual table do not have it, even if it claims a page`(isForged: Bool) throws {
        let folder = try MapFolder()
        let table = "CREATE VIRTUAL TABLE found USING fts5(fid, geom, name, admin);"
        let forgery = "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = 2 WHERE name = 'found';"
        let path = try folder.make(`GeoPackage files`.schema + table + (isForged ? forgery : ""))
        #expect(throws: GeoPackageError.missing(layer: "found")) { try read(path, layer: "found") }
        // Beside another layer it does no harm.
        #expect(try read(path).isEmpty)
    }

    @Test func `whose layer has no row numbers do not have it`() throws {
        let folder = try MapFolder()
        let path = try folder.make(
            `GeoPackage files`.schema
                + "CREATE TABLE odd (fid TEXT PRIMARY KEY, geom BLOB, name TEXT, admin TEXT) WITHOUT ROWID;")
        #expect(throws: GeoPackageError.missing(layer: "odd")) { try read(path, layer: "odd") }
    }

    @Test func `that are something else are refused`() throws {
        let folder = try MapFolder()
        for (name, bytes) in [
            ("empty", []), ("zip", Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 400)),
            ("gzip", [0x1F, 0x8B, 8] + [UInt8](repeating: 0, count: 400)),
            ("text", Array(String(repeating: "longitude,latitude\n", count: 30).utf8)),
            ("short", Array("SQLite format 3\0".utf8)),
        ] as [(String, [UInt8])] {
            let path = try folder.write(name, bytes)
            #expect(throws: GeoPackageError.otherFormat) { try read(path) }
        }
        let database = try folder.make("CREATE TABLE states (fid INTEGER PRIMARY KEY, geom BLOB);", named: "plain.db")
        #expect(throws: GeoPackageError.otherFormat) { try read(database) }
    }

    @Test func `that are not there, or no files, are refused`() throws {
        let folder = try MapFolder()
        for path in ["/nowhere/map.gpkg", folder.url.path, "/dev/null", ""] {
            #expect(throws: GeoPackageError.unreadable) { try read(path) }
        }
        let pipe = folder.url.appending(path: "pipe").path
        try #require(mkfifo(pipe, 0o600) == 0)
        #expect(throws: GeoPackageError.unreadable) { try read(pipe) }
    }

    @Test func `that were cut off are damaged, wherever`() throws {
        let folder = try MapFolder()
        let rows = (1...40).map { `GeoPackage files`.row($0, "a", Geometry().bytes) }.joined()
        let whole = try [UInt8](Data(contentsOf: URL(filePath: folder.make(`GeoPackage files`.schema + rows))))
        for count in [100, 512, 4_095, 4_096, whole.count / 2, whole.count - 1] {
            let path = try folder.write("cut-\(count)", Array(whole.prefix(count)))
            #expect(throws: GeoPackageError.damaged) { try read(path) }
        }
    }

    @Test func `with any page overwritten are read or refused`() throws {
        let folder = try MapFolder()
        let rows = (1...200).map { `GeoPackage files`.row($0, "a", Geometry().bytes) }.joined()
        let whole = try [UInt8](Data(contentsOf: URL(filePath: folder.make(`GeoPackage files`.schema + rows))))
        var refused = 0
        for start in stride(from: 100, to: whole.count, by: 509) {
            var bytes = whole
            for offset in start..<min(start + 64, whole.count) { bytes[offset] = 0xA5 }
            let path = try folder.write("overwritten", bytes)
            if (try? read(path)) == nil { refused += 1 }
        }
        #expect(refused > 0)
    }

    @Test func `of two gigabytes, most of which is not there, are refused at once`() throws {
        let folder = try MapFolder()
        let path = try folder.make(`GeoPackage files`.schema)
        try #require(truncate(path, 2 << 30) == 0)
        #expect(throws: GeoPackageError.tooLarge(bytes: 2 << 30)) { try read(path) }
    }

    @Test func `with more features or larger shapes than are read are refused`() throws {
        let folder = try MapFolder()
        let path = try folder.make(
            `GeoPackage files`.schema + `GeoPackage files`.row(1, "a", Geometry().bytes)
                + `GeoPackage files`.row(2, "a", Geometry().bytes))
        var limits = GeoPackageLimits()
        limits.features = 1
        #expect(throws: GeoPackageError.tooLarge(bytes: limits.fileBytes)) { try read(path, limits: limits) }
        limits.features = 2
        #expect(try read(path, limits: limits).count == 2)
        limits.valueBytes = 50
        #expect(throws: GeoPackageError.damaged) { try read(path, limits: limits) }
    }
}
