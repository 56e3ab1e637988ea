internal import Glibc

extension PrivatePostgresLayout {
    /// Where `initdb` works; it becomes the cluster when all of it is there.
    var unfinished: String { root + "/postgres.new" }

    /// Clears what an earlier attempt left, and makes an empty directory for `initdb`. Blocks.
    func prepareInitialization() throws(PrivatePostgresError) {
        try FileSystem.remove(unfinished)
        if FileSystem.exists(cluster) { try FileSystem.remove(cluster) }
        try FileSystem.makeDirectory(unfinished, mode: 0o700)
        if let owner { try FileSystem.setOwner(unfinished, user: owner.user, group: owner.group) }
    }

    /// Puts what `initdb` made, and brought to the disk, in its place. Blocks.
    func finishInitialization() throws(PrivatePostgresError) {
        try FileSystem.move(unfinished, to: cluster)
    }

    /// Writes the configuration and makes the socket's directory. Blocks.
    func prepareStart(_ options: PrivatePostgresOptions) throws(PrivatePostgresError) {
        let ownership = owner.map { (user: $0.user, group: $0.group) }
        try FileSystem.write(
            options.configuration(socketDirectory: socketDirectory), to: cluster + "/postgresql.conf",
            owner: ownership)
        try FileSystem.makeDirectory(socketDirectory, mode: 0o700)
        // In a directory that all may write to, somebody else might have made it first.
        var status = stat()
        guard unsafe lstat(socketDirectory, &status) == 0 else { throw FileSystem.failure("look at", socketDirectory) }
        guard status.st_mode & S_IFMT == S_IFDIR,
            status.st_uid == geteuid() || status.st_uid == owner?.user
        else { throw .file(operation: "use", path: socketDirectory, reason: "it belongs to somebody else") }
        try FileSystem.setMode(socketDirectory, 0o700)
        if let owner { try FileSystem.setOwner(socketDirectory, user: owner.user, group: owner.group) }
        try rotateLog()
    }

    /// Keeps one earlier log once the present one has 10 MB.
    private func rotateLog() throws(PrivatePostgresError) {
        var status = stat()
        guard unsafe stat(log, &status) == 0, status.st_size > 10_000_000 else { return }
        try FileSystem.move(log, to: log + ".1")
    }

    /// The last line Postgres or initdb wrote that tells of an error, without its time and process.
    func lastComplaint() -> String {
        let lines = (FileSystem.read(log) ?? "").split(separator: "\n")
        for marker in ["FATAL:", "PANIC:", "error:", "ERROR:"] {
            guard let line = lines.last(where: { $0.contains(marker) }), let range = line.firstRange(of: marker) else {
                continue
            }
            return line[range.upperBound...].drop { $0 == " " }.description
        }
        return lines.last.map(String.init) ?? "it said nothing"
    }
}
