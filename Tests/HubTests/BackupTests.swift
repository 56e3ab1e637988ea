import Configuration
import Crypto
import EventLoop
import Foundation
import HubTesting
import Model
import Persistence
import Testing

@testable import Hub

@Suite struct `A header of an archive` {
    @Test(arguments: [0, 1, 511, 512, 0o777_7777_7777, 1 << 33, 1 << 45] as [Int64])
    func `is read as it was written`(size: Int64) throws {
        let header = TarHeader(name: "database.dump", size: size, time: 1_764_000_000)
        #expect(TarHeader(header.bytes) == header)
        #expect((size + Int64(header.padding)) % 512 == 0)
    }

    @Test func `with any bit changed is none`() {
        let bytes = TarHeader(name: "manifest.json", size: 1234, time: 1_764_000_000).bytes
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(TarHeader(changed) == nil, "bit \(bit)")
        }
    }

    @Test func `of random bytes or of another length is none`() {
        var generator = SeededGenerator(seed: 17)
        for _ in 0..<1000 {
            let count = Int.random(in: 0...1024, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(TarHeader(bytes) == nil)
        }
    }
}

@Suite struct `A backup` {
    private let folder: String
    private var path: String { folder + "/backup.tar" }
    private let dump = Array("PGDMP and what follows it".utf8)

    init() throws { folder = try TestPostgres.temporaryDirectory("hub-backup") }

    private func remove() { try? FileManager.default.removeItem(atPath: folder) }

    private func manifest(_ file: BackupFile) -> BackupManifest {
        let steps = MigrationArea.core.migrations.map { step in
            BackupManifest.Migration(
                area: "core", number: Int64(step.number), name: step.name,
                checksum: SHA256.hash(Array(step.sql.utf8)))
        }
        return BackupManifest(
            createdAt: Timestamp(milliseconds: 1_764_000_000_000), hub: "0.1.0", postgres: 150_004, migrations: steps,
            tables: [.init(name: "core.devices", rows: 2, checksum: "-17")], dumpBytes: file.dumpBytes,
            dumpDigest: file.endDump())
    }

    @discardableResult
    private func write(_ change: (inout BackupManifest) -> Void = { _ in }) throws -> BackupManifest {
        let file = try BackupFile(path: path)
        for piece in [dump[..<3], dump[3...]] { try file.append(piece) }
        var manifest = manifest(file)
        change(&manifest)
        try file.finish(manifest)
        return manifest
    }

    private func read() throws(BackupError) -> BackupArchive { try BackupArchive(path: path) }

    @Test func `is read as it was written, by the hub and by tar`() throws {
        defer { remove() }
        let written = try write()
        let archive = try read()
        #expect(archive.manifest == written)
        #expect(try archive.nextPiece() == dump)
        #expect(try archive.nextPiece() == [])
        try archive.manifest.checkSchema([.core])
        #expect(SystemProgram.run("tar", ["-xf", path], in: folder) == 0)
        #expect(SystemProgram.run("sha256sum", ["--check", "--strict", "SHA256SUMS"], in: folder) == 0)
        #expect(FileManager.default.contents(atPath: folder + "/database.dump") == Data(dump))
    }

    @Test func `is nobody else's to read, and is not there before it is whole`() throws {
        defer { remove() }
        do {
            let file = try BackupFile(path: path)
            try file.append(dump[...])
            #expect(!FileManager.default.fileExists(atPath: path))
        }
        // Given up: nothing is left.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        try write()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["backup.tar"])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        // One that is given up leaves the one there was.
        do { _ = try BackupFile(path: path) }
        _ = try read()
    }

    @Test func `with any byte changed is refused`() throws {
        defer { remove() }
        try write()
        let whole = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        for index in whole.indices {
            var changed = whole
            changed[index] ^= 1 << UInt8(index % 8)
            try Data(changed).write(to: URL(filePath: path))
            #expect(throws: BackupError.self, "byte \(index)") { try read() }
        }
    }

    @Test func `cut off anywhere is refused, and so is one that goes on`() throws {
        defer { remove() }
        try write()
        let whole = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        for count in stride(from: 0, to: whole.count, by: 7) {
            try Data(whole[..<count]).write(to: URL(filePath: path))
            #expect(throws: BackupError.self, "\(count) bytes") { try read() }
        }
        try Data(whole + [0]).write(to: URL(filePath: path))
        #expect(throws: BackupError.damaged("something follows its end")) { try read() }
    }

    @Test func `is not what a file of another kind is`() throws {
        defer { remove() }
        #expect(throws: BackupError.self) { try read() }
        try Data(String(repeating: "SELECT 1;\n", count: 200).utf8).write(to: URL(filePath: path))
        #expect(throws: BackupError.foreign) { try read() }
        #expect(SystemProgram.run("tar", ["-cf", "other.tar", "backup.tar"], in: folder) == 0)
        #expect(throws: BackupError.foreign) { try BackupArchive(path: folder + "/other.tar") }
        #expect(throws: BackupError.foreign) { try BackupArchive(path: folder) }
    }

    @Test func `of a newer or another hub is refused by name`() throws {
        defer { remove() }
        try write { $0.migrations.append(.init(area: "chat", number: 3, name: "rooms", checksum: [1])) }
        #expect(throws: BackupError.newerSchema("chat/3 (rooms)", hub: "0.1.0")) {
            try read().manifest.checkSchema([.core])
        }
        try write { $0.migrations[1].checksum = [1, 2, 3] }
        #expect(throws: BackupError.otherSchema("core/2 (locations)")) { try read().manifest.checkSchema([.core]) }
        try write { $0.migrations = [] }
        #expect(throws: BackupError.noHub) { try read().manifest.checkSchema([.core]) }
        // An older one is welcome: the next start brings it up to date.
        try write { $0.migrations.removeLast() }
        try read().manifest.checkSchema([.core])
    }

    @Test func `of a newer Postgres is refused by a server that may not read it`() throws {
        defer { remove() }
        let manifest = try write()
        try manifest.checkPostgres(version: 150_000)
        try manifest.checkPostgres(version: 170_002)
        #expect(throws: BackupError.olderPostgres(backup: 15, here: 14)) {
            try manifest.checkPostgres(version: 140_019)
        }
    }

    @Test func `of another format is refused by its number`() throws {
        let json = Array(#"{"format":2}"#.utf8)
        #expect(throws: BackupError.newerFormat(2)) { try BackupManifest(json: json) }
        for text in ["", "{}", "[]", #"{"format":1}"#, #"{"format":"1"}"#] {
            #expect(throws: BackupError.self) { try BackupManifest(json: Array(text.utf8)) }
        }
    }

    @Test func `that finds no room says so and leaves nothing`() throws {
        defer { remove() }
        #expect(throws: BackupError.self) { try BackupFile(path: folder + "/no/such/folder/backup.tar") }
    }
}
