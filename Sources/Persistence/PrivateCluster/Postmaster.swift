internal import Glibc

/// A running server on a cluster's files, as its `postmaster.pid` and the kernel tell. Blocks briefly, reading `/proc`.
struct Postmaster: Hashable, Sendable {
    let pid: Int32
    /// Where its socket is.
    let socketDirectory: String

    /// The server that runs on the cluster in `directory`, if one does. A stale file of a process that is gone, or whose
    /// number now belongs to another, is none.
    static func running(in directory: String) -> Postmaster? {
        guard let text = FileSystem.read(directory + "/postmaster.pid") else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let pid = lines.first.flatMap({ Int32($0) }), pid > 1, isAlive(pid) else { return nil }
        // A server works in its cluster's directory.
        guard let place = workingDirectory(of: pid), place == directory else { return nil }
        return Postmaster(pid: pid, socketDirectory: lines.count > 4 ? String(lines[4]) : "")
    }

    /// Removes the files of a server that is gone, so that a process that got its number, or one that has ended and was
    /// not waited for, does not stop the next one.
    static func clearStaleFiles(in directory: String, socketDirectory: String) {
        guard running(in: directory) == nil else { return }
        _ = unsafe unlink(directory + "/postmaster.pid")
        _ = unsafe unlink(socketDirectory + "/.s.PGSQL.5432.lock")
    }

    /// Whether the process runs; one that has ended and was not waited for does not.
    static func isAlive(_ pid: Int32) -> Bool {
        // "pid (name) S …": the name may hold anything, so the state is looked for from behind.
        guard let text = FileSystem.read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return false }
        let state = text[text.index(after: end)...].drop { $0 == " " }.first
        return state != nil && state != "Z" && state != "X"
    }

    private static func workingDirectory(of pid: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/\(pid)/cwd", &buffer, 4095)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
