internal import Crypto
internal import Persistence

extension BackupManifest {
    /// Makes sure that this hub knows every step of the schema, as it is.
    func checkSchema(_ areas: [MigrationArea]) throws(BackupError) {
        guard !migrations.isEmpty else { throw .noHub }
        for migration in migrations {
            let area = areas.first { $0.name == migration.area }
            guard let own = area?.migrations.first(where: { $0.number == Int(migration.number) }) else {
                throw .newerSchema("\(migration.area)/\(migration.number) (\(migration.name))", hub: hub)
            }
            guard SHA256.hash(Array(own.sql.utf8)) == migration.checksum else {
                throw .otherSchema("\(migration.area)/\(migration.number) (\(migration.name))")
            }
        }
    }

    /// Makes sure that a server can read the dump: one of an older major version than the backup's need not.
    ///
    /// - Parameter version: The server's `server_version_num`.
    func checkPostgres(version: Int) throws(BackupError) {
        let (backup, here) = (Int(postgres / 10_000), version / 10_000)
        guard backup <= here else { throw .olderPostgres(backup: backup, here: here) }
    }

    /// The schemas that the backup has.
    var schemas: [String] { Set(migrations.map(\.area)).sorted() }
}

extension BackupManifest.Table {
    init(_ digest: TableDigest) { self.init(name: digest.name, rows: digest.rows, checksum: digest.checksum) }
}
