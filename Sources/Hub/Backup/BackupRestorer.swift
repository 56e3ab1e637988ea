internal import EventLoop
internal import Persistence
internal import Synchronization
internal import TerminalText

/// Puts what is in a backup into a database, in one transaction, and compares.
struct BackupRestorer: Sendable {
    let tools: PostgresTools
    let loop: Loop
    let progress: ProgressDisplay

    init(_ tools: PostgresTools, on loop: Loop, progress: ProgressDisplay) {
        self.tools = tools
        self.loop = loop
        self.progress = progress
    }

    /// - Parameter schemas: What is dropped first, in the same transaction.
    /// - Throws: Anything but ``BackupError/differs(table:expected:found:)`` leaves the database as it was.
    func restore(
        _ archive: BackupArchive, into url: PostgresURL, replacing schemas: [String]
    ) async throws(BackupError) {
        let unreadable = Mutex<BackupError?>(nil)
        progress.begin("restoring", .bytes, total: archive.manifest.dumpBytes)
        do throws(PostgresToolError) {
            try await tools.restore(into: url, replacing: schemas, on: loop) {
                [progress] () throws(PostgresToolError) in
                do throws(BackupError) {
                    let piece = try archive.nextPiece()
                    // What is behind the rows is short to read and long to do.
                    if piece.isEmpty {
                        progress.begin("making indexes", .time)
                    } else {
                        progress.advance(by: Int64(piece.count))
                    }
                    return piece
                } catch {
                    unreadable.withLock { $0 = error }
                    throw .aborted(reason: "\(error)")
                }
            }
        } catch {
            if let error = unreadable.withLock({ $0 }) { throw error }
            throw .postgres("\(error)")
        }
        try await compare(archive.manifest, with: url)
    }

    /// Makes sure that every table has what the backup says of it, and has Postgres look at them for its plans.
    private func compare(_ manifest: BackupManifest, with url: PostgresURL) async throws(BackupError) {
        let schemas = manifest.schemas
        let database = Database(url: url.text, on: [loop])
        let found: [BackupManifest.Table]
        do {
            progress.begin("comparing the tables", .count("tables"))
            let digests = try await database.withConnection { [progress] connection in
                let digests = try await TableDigest.all(in: schemas, on: connection) { done, all in
                    progress.expect(Int64(all))
                    progress.move(to: Int64(done))
                }
                progress.begin("gathering statistics", .time)
                try await connection.run(script: "ANALYZE", timeout: .seconds(3600))
                return digests
            }
            found = digests.map(BackupManifest.Table.init)
        } catch let error as PostgresError {
            throw .postgres("what was restored cannot be compared: \(error.debugDescription)")
        } catch {
            throw .postgres("\(error)")
        }
        for table in Set(found.map(\.name)).union(manifest.tables.map(\.name)).sorted() {
            let expected = BackupRestorer.describe(manifest.tables.first { $0.name == table })
            let there = BackupRestorer.describe(found.first { $0.name == table })
            guard expected == there else { throw .differs(table: table, expected: expected, found: there) }
        }
    }

    private static func describe(_ table: BackupManifest.Table?) -> String {
        table.map { "\($0.rows) rows with checksum \($0.checksum)" } ?? "no such table"
    }
}
