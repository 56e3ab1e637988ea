internal import CPostgres
internal import Glibc

/// Puts a new cluster in the place of a data directory's own, which stays beside it. No hub can use the directory meanwhile.
///
/// Everything here blocks: not on a loop.
package final class ClusterReplacement: Sendable {
    private let lock: DataDirectoryLock
    private let root: String
    private var cluster: String { root + "/postgres" }

    /// Where the new cluster is made: a data directory below the real one, so that moving it is renaming it.
    package var workshop: String { root + "/restore.new" }

    /// Takes the data directory's lock.
    ///
    /// - Throws: ``PrivatePostgresError/inUse(directory:)`` if a hub runs on it, or a Postgres that a killed hub left.
    package init(directory: String) throws(PrivatePostgresError) {
        var status = stat()
        if unsafe stat(directory, &status) == 0, status.st_uid != geteuid() {
            // What is made here would be this user's, and the hub could not use it.
            throw .file(
                operation: "restore into", path: directory,
                reason: "it belongs to another user: run this as the user that the hub runs as")
        }
        lock = try DataDirectoryLock(directory: directory)
        root = try FileSystem.canonical(directory)
        guard Postmaster.running(in: root + "/postgres") == nil else {
            lock.release()
            throw .inUse(directory: directory)
        }
    }

    /// Whether there is a cluster that would be replaced.
    package var hasFiles: Bool { !FileSystem.names(in: cluster).isEmpty }

    /// Puts the cluster of ``workshop``, whose server has stopped, in the place of the old one: in one step, so that a crash
    /// leaves the one or the other.
    ///
    /// - Parameter suffix: Tells where the old files go: `postgres.SUFFIX`.
    /// - Returns: Where the old files are now, if there were any.
    package func replace(keepingOldAs suffix: String) throws(PrivatePostgresError) -> String? {
        let made = workshop + "/postgres"
        // The operator's own settings are no data, and stay.
        let settings = "/postgresql.local.conf"
        if let text = FileSystem.read(cluster + settings) {
            var status = stat()
            let isSeen = unsafe stat(made, &status) == 0
            try FileSystem.write(
                text, to: made + settings, owner: isSeen ? (user: status.st_uid, group: status.st_gid) : nil)
        }
        guard FileSystem.exists(cluster) else {
            try FileSystem.move(made, to: cluster)
            return nil
        }
        guard unsafe CPostgres_exchange(made, cluster) == 0 else {
            // Two renames would leave a moment without a cluster, in which a start would make an empty one.
            throw FileSystem.failure("exchange (move it away by hand, then restore again)", cluster)
        }
        try FileSystem.sync(root)
        let kept = cluster + "." + suffix
        try FileSystem.move(made, to: kept)
        return kept
    }

    /// Removes what is left of the workshop, and lets hubs use the directory.
    package func end() {
        try? FileSystem.remove(workshop)
        lock.release()
    }
}
