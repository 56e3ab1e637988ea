internal import Glibc

/// What there is of a private cluster; looking changes nothing.
package struct PrivateClusterState: Hashable, Sendable {
    /// Whether a hub holds the data directory.
    package let isHeld: Bool
    /// The major version that the files are of; nothing if there are none.
    package let filesMajor: Int?
    /// The major versions that are installed, the newest first.
    package let installedMajors: [Int]
    /// What libpq connects to, if a server runs on the files.
    package let runningURL: String?

    /// Looks at the directory, at `/proc` and for installations. Blocks briefly.
    package init(_ options: PrivatePostgresOptions) {
        isHeld = DataDirectoryLock.isHeld(options.dataDirectory)
        let root = (try? FileSystem.canonical(options.dataDirectory)) ?? options.dataDirectory
        let cluster = root + "/postgres"
        filesMajor = FileSystem.read(cluster + "/PG_VERSION").flatMap { Int($0.prefix { $0.isNumber }) }
        installedMajors = PostgresInstallation.all(in: options.programsDirectory).map(\.major)
        runningURL =
            Postmaster.running(in: cluster) == nil ? nil : try? PrivatePostgres.urlOfRunning(options)
    }
}

extension DataDirectoryLock {
    /// Whether a hub holds the directory, as the kernel's list of locks has it. Taking the lock to find out would refuse a
    /// hub that starts at that moment. Blocks briefly.
    static func isHeld(_ directory: String) -> Bool {
        var status = stat()
        guard unsafe stat(directory + "/hub.lock", &status) == 0 else { return false }
        // "1: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF": major and minor number in hexadecimal, then the inode.
        let inode = ":\(status.st_ino)"
        return (FileSystem.read("/proc/locks") ?? "").split(separator: "\n").contains { line in
            let columns = line.split(separator: " ")
            return columns.count > 5 && columns[1] == "FLOCK" && columns[5].hasSuffix(inode)
        }
    }
}
