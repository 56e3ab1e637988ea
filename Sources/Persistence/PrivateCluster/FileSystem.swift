internal import Glibc

/// The few operations on files that a private cluster needs. All of them block: not on a loop.
enum FileSystem {
    /// Makes the directory and those above it that are missing.
    static func makeDirectory(_ path: String, mode: mode_t) throws(PrivatePostgresError) {
        if exists(path) { return }
        let parent = parent(of: path)
        if parent != path, !exists(parent) { try makeDirectory(parent, mode: 0o755) }
        guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else { throw failure("make", path) }
    }

    static func setOwner(_ path: String, user: UInt32, group: UInt32) throws(PrivatePostgresError) {
        guard unsafe chown(path, user, group) == 0 else { throw failure("change the owner of", path) }
    }

    static func setMode(_ path: String, _ mode: mode_t) throws(PrivatePostgresError) {
        guard unsafe chmod(path, mode) == 0 else { throw failure("change the mode of", path) }
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    static func parent(of path: String) -> String {
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        return path.hasPrefix("/") ? "/" + parent : parent.isEmpty ? "." : parent
    }

    /// The path with links and dots resolved; it must exist.
    static func canonical(_ path: String) throws(PrivatePostgresError) -> String {
        guard let resolved = unsafe realpath(path, nil) else { throw failure("find", path) }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// Up to a megabyte of a text file, or `nil` if it cannot be read.
    static func read(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 20 {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Replaces the file in one step, so that a reader or a crash sees the old or the new.
    static func write(_ text: String, to path: String, owner: (user: UInt32, group: UInt32)?)
        throws(PrivatePostgresError)
    {
        let temporary = path + ".new"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("write", temporary) }
        let bytes = Array(text.utf8)
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let isWritten = count == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten else { throw failure("write", temporary) }
        if let owner { try setOwner(temporary, user: owner.user, group: owner.group) }
        try move(temporary, to: path)
    }

    static func move(_ path: String, to target: String) throws(PrivatePostgresError) {
        guard unsafe rename(path, target) == 0 else { throw failure("rename", path) }
        try sync(parent(of: target))
    }

    /// Brings a directory's names to the disk.
    static func sync(_ path: String) throws(PrivatePostgresError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync", path) }
    }

    /// Removes a directory and everything below it, following no links; one that is missing is no error.
    static func remove(_ path: String) throws(PrivatePostgresError) {
        guard let directory = unsafe opendir(path) else {
            if errno == ENOENT { return }
            guard errno == ENOTDIR || errno == ELOOP, unsafe unlink(path) == 0 else { throw failure("remove", path) }
            return
        }
        defer { unsafe closedir(directory) }
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            let child = path + "/" + name
            if unsafe entry.pointee.d_type == UInt8(DT_DIR) {
                try remove(child)
            } else if unsafe unlink(child) != 0 {
                throw failure("remove", child)
            }
        }
        guard unsafe rmdir(path) == 0 else { throw failure("remove", path) }
    }

    /// Names in a directory; empty if it cannot be read.
    static func names(in path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            names.append(
                unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                    unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                })
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    static func failure(_ operation: String, _ path: String) -> PrivatePostgresError {
        let number = errno
        return .file(operation: operation, path: path, reason: unsafe String(cString: strerror(number)))
    }
}
