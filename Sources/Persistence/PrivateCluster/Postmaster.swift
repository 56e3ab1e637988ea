internal import Glibc

/// A server on a cluster's files, as its `postmaster.pid` and the kernel tell. Everything here reads `/proc` and blocks
/// briefly.
struct Postmaster: Hashable, Sendable {
    let pid: Int32
    /// Where its socket is.
    let socketDirectory: String

    /// The server that runs on the cluster in `directory`, if one does. A file left by a process that is gone, or whose
    /// number now belongs to another, tells of none.
    static func running(in directory: String) -> Postmaster? {
        guard let file = PostmasterFile(in: directory), isAlive(file.pid) else { return nil }
        let arguments = (FileSystem.read("/proc/\(file.pid)/cmdline") ?? "").split(separator: "\0")
        guard arguments.contains(Substring(directory)) else { return nil }
        return Postmaster(pid: file.pid, socketDirectory: file.socketDirectory)
    }

    /// Processes of a server whose postmaster is gone: they work in the cluster's directory. Normally they end by
    /// themselves at once, but one may hang, and its client with it.
    static func leftovers(in directory: String) -> [Int32] {
        guard running(in: directory) == nil else { return [] }
        return FileSystem.names(in: "/proc").compactMap { Int32($0) }.filter {
            workingDirectory(of: $0) == directory && isAlive($0)
        }
    }

    /// Removes the lock files of a server that is gone if their number now belongs to another process, or to one that has
    /// ended and was not waited for; Postgres would take that one for a server. Any other file is left to Postgres, which
    /// checks more than the number. Nothing is removed while a process of the old server has its memory.
    static func clearStaleFiles(in directory: String, socketDirectory: String) {
        guard running(in: directory) == nil, let file = PostmasterFile(in: directory),
            FileSystem.exists("/proc/\(file.pid)"), attachments(ofSharedMemory: file.sharedMemory) == 0
        else { return }
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

    /// How many processes have a System V segment mapped: its seventh column in the kernel's list.
    private static func attachments(ofSharedMemory identifier: String) -> Int {
        for line in (FileSystem.read("/proc/sysvipc/shm") ?? "").split(separator: "\n") {
            let columns = line.split(separator: " ")
            if columns.count > 6, columns[1] == identifier { return Int(columns[6]) ?? 1 }
        }
        return 0
    }

    private static func workingDirectory(of pid: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/\(pid)/cwd", &buffer, 4095)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// What a server writes about itself into `postmaster.pid`.
private struct PostmasterFile {
    let pid: Int32
    let socketDirectory: String
    /// The number of its System V segment.
    let sharedMemory: String

    init?(in directory: String) {
        guard let text = FileSystem.read(directory + "/postmaster.pid") else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let pid = lines.first.flatMap({ Int32($0) }), pid > 1 else { return nil }
        self.pid = pid
        socketDirectory = lines.count > 4 ? String(lines[4]) : ""
        sharedMemory = lines.count > 6 ? lines[6].split(separator: " ").last.map(String.init) ?? "" : ""
    }
}
