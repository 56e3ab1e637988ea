internal import Crypto
internal import Model
internal import Wire

/// What a backup says of itself: `manifest.json` in the archive.
package struct BackupManifest: Equatable, Sendable {
    /// Raised when archives become such that this hub could not restore them.
    static let format: Int64 = 1

    /// One step that the database's schema had taken.
    struct Migration: Equatable, Sendable {
        var area: String
        var number: Int64
        var name: String
        /// SHA-256 of the step's text.
        var checksum: [UInt8]
    }

    /// What a table held: as many rows, and the sum of a hash of each.
    struct Table: Equatable, Sendable {
        /// With its schema.
        var name: String
        var rows: Int64
        var checksum: String
    }

    var createdAt: Timestamp
    /// The version of the hub that made it.
    var hub: String
    /// The server's `server_version_num`.
    var postgres: Int64
    var migrations: [Migration]
    /// Every table, in the snapshot that the dump is of.
    var tables: [Table]
    var dumpBytes: Int64
    /// SHA-256 of the dump.
    var dumpDigest: [UInt8]

    var json: [UInt8] {
        JSONWriter.bytes { json in
            json.object { json in
                json.member("format", BackupManifest.format)
                json.member("createdAt", createdAt)
                json.member("hub", hub)
                json.member("postgres", postgres)
                json.object("dump") { json in
                    json.member("bytes", dumpBytes)
                    json.member("sha256", Hexadecimal.encode(dumpDigest))
                }
                json.array("migrations") { json in
                    for migration in migrations {
                        json.object { json in
                            json.member("area", migration.area)
                            json.member("number", migration.number)
                            json.member("name", migration.name)
                            json.member("sha256", Hexadecimal.encode(migration.checksum))
                        }
                    }
                }
                json.array("tables") { json in
                    for table in tables {
                        json.object { json in
                            json.member("name", table.name)
                            json.member("rows", table.rows)
                            json.member("checksum", table.checksum)
                        }
                    }
                }
            }
        } + [UInt8(ascii: "\n")]
    }

    init(
        createdAt: Timestamp, hub: String, postgres: Int64, migrations: [Migration], tables: [Table],
        dumpBytes: Int64, dumpDigest: [UInt8]
    ) {
        self.createdAt = createdAt
        self.hub = hub
        self.postgres = postgres
        self.migrations = migrations
        self.tables = tables
        self.dumpBytes = dumpBytes
        self.dumpDigest = dumpDigest
    }

    package init(json: [UInt8]) throws(BackupError) {
        guard let tree = try? JSONValue(json), let format = tree["format"]?.integer else {
            throw .damaged("its manifest cannot be read")
        }
        guard format == BackupManifest.format else { throw .newerFormat(format) }
        guard let createdAt = tree["createdAt"]?.string.flatMap(Timestamp.init(rfc3339:)),
            let hub = tree["hub"]?.string, let postgres = tree["postgres"]?.integer,
            let dumpBytes = tree["dump"]?["bytes"]?.integer,
            let dumpDigest = tree["dump"]?["sha256"]?.string.flatMap({ Hexadecimal.decode($0) }),
            let migrations = tree["migrations"]?.array, let tables = tree["tables"]?.array
        else { throw .damaged("its manifest lacks something") }
        self.init(
            createdAt: createdAt, hub: hub, postgres: postgres, migrations: [], tables: [], dumpBytes: dumpBytes,
            dumpDigest: dumpDigest)
        for entry in migrations {
            guard let area = entry["area"]?.string, let number = entry["number"]?.integer,
                let name = entry["name"]?.string,
                let checksum = entry["sha256"]?.string.flatMap({ Hexadecimal.decode($0) })
            else { throw .damaged("its manifest has a migration without a name") }
            self.migrations.append(Migration(area: area, number: number, name: name, checksum: checksum))
        }
        for entry in tables {
            guard let name = entry["name"]?.string, let rows = entry["rows"]?.integer,
                let checksum = entry["checksum"]?.string
            else { throw .damaged("its manifest has a table without a name") }
            self.tables.append(Table(name: name, rows: rows, checksum: checksum))
        }
    }
}
