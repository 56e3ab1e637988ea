internal import Glibc

/// Where a private cluster's files are and whose they are, decided once at the start.
struct PrivatePostgresLayout: Sendable {
    /// The hub's data directory, links resolved.
    let root: String
    /// The cluster's files.
    let cluster: String
    let socketDirectory: String
    let installation: PostgresInstallation
    /// Whom Postgres runs as; the hub's own user if `nil`.
    let owner: Owner?
    /// Whether `initdb` has to run first.
    let isNew: Bool

    struct Owner: Hashable, Sendable {
        let user: UInt32
        let group: UInt32
        let name: String
    }

    /// Where Postgres and initdb write what they have to say.
    var log: String { root + "/postgres.log" }
    var superuser: String { "hub" }

    /// What libpq connects to. The cluster is the hub's alone, so that `postgres` is as good a database as any.
    var url: String {
        let host = socketDirectory.flatMap { $0 == "'" || $0 == "\\" ? "\\" + String($0) : String($0) }
        return "host='\(String(host))' user=\(superuser) dbname=postgres"
    }

    /// Looks at the machine and the directory. Blocks.
    init(_ options: PrivatePostgresOptions) throws(PrivatePostgresError) {
        root = try FileSystem.canonical(options.dataDirectory)
        cluster = root + "/postgres"
        owner = try PrivatePostgresLayout.owner()
        if let owner { try PrivatePostgresLayout.checkReach(of: owner, to: root) }
        let installations = PostgresInstallation.all(in: options.programsDirectory)
        guard let newest = installations.first else {
            guard options.programsDirectory.isEmpty else {
                throw .file(
                    operation: "use", path: options.programsDirectory,
                    reason: "it holds no initdb and postgres that run")
            }
            throw .notInstalled
        }
        if let version = FileSystem.read(cluster + "/PG_VERSION") {
            let files = version.filter { !$0.isWhitespace }
            guard let fitting = installations.first(where: { String($0.major) == files }) else {
                let installed = Array(Set(installations.map(\.major))).sorted()
                throw .otherVersion(directory: cluster, files: files, installed: installed)
            }
            installation = fitting
            isNew = false
        } else {
            guard FileSystem.names(in: cluster).isEmpty else {
                throw .file(operation: "use", path: cluster, reason: "it holds files that are not of Postgres")
            }
            installation = newest
            isNew = true
        }
        socketDirectory = PrivatePostgresLayout.socketDirectory(root: root)
    }

    /// A socket's path has at most 107 bytes, so that a long data directory gets one elsewhere, the same every time.
    private static func socketDirectory(root: String) -> String {
        let beside = root + "/run"
        if (beside + "/.s.PGSQL.5432").utf8.count <= 107 { return beside }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in root.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "/tmp/presence-hub-" + String(hash, radix: 16)
    }

    private static func owner() throws(PrivatePostgresError) -> Owner? {
        guard geteuid() == 0 else { return nil }
        let name = "postgres"
        guard let entry = unsafe getpwnam(name) else { throw .noUser }
        return unsafe Owner(user: entry.pointee.pw_uid, group: entry.pointee.pw_gid, name: name)
    }

    private static func checkReach(of owner: Owner, to path: String) throws(PrivatePostgresError) {
        var path = path
        while true {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { throw FileSystem.failure("look at", path) }
            let needed =
                status.st_uid == owner.user ? S_IXUSR : status.st_gid == owner.group ? S_IXGRP : S_IXOTH
            guard status.st_mode & needed != 0 else { throw .unreachable(directory: path, user: owner.name) }
            if path == "/" { return }
            path = FileSystem.parent(of: path)
        }
    }
}
