internal import Crypto
internal import Glibc
internal import Model

/// A backup on its way to the disk: a hidden file beside its place, which takes its name when all of it is there.
///
/// Everything here blocks: not on a loop. `@unchecked Sendable`: one thread uses it at a time.
package final class BackupFile: @unchecked Sendable {
    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private var digest: SHA256Stream? = SHA256Stream()
    private var isFinished = false
    /// Of the dump, so far.
    package private(set) var dumpBytes: Int64 = 0

    /// - Parameter path: What is there is replaced at the end, and not before.
    package init(path: String) throws(BackupError) {
        self.path = path
        temporary = BackupFile.temporary(path)
        // Nobody else may read it, not even before the end.
        descriptor = unsafe open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupFile.failure("make", temporary) }
        // Room for the dump's header, which is known when the dump is.
        try write([UInt8](repeating: 0, count: TarHeader.blockSize)[...])
    }

    deinit {
        close(descriptor)
        if !isFinished { _ = unsafe unlink(temporary) }
    }

    /// Removes what this process has of a file that is not whole, when nothing else will.
    static func giveUp(_ path: String) { _ = unsafe unlink(temporary(path)) }

    private static func temporary(_ path: String) -> String {
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        return path[..<slash] + ".\(path[slash...]).\(getpid()).new"
    }

    /// A piece of the dump.
    package func append(_ bytes: ArraySlice<UInt8>) throws(BackupError) {
        digest?.update(bytes)
        dumpBytes += Int64(bytes.count)
        try write(bytes)
    }

    /// SHA-256 of the dump; nothing is appended to it any more.
    package func endDump() -> [UInt8] {
        guard let digest = digest.take() else { preconditionFailure("a dump ends once") }
        return digest.finish()
    }

    /// Adds manifest and checksums, brings all of it to the disk, and gives it its name.
    package func finish(_ manifest: BackupManifest) throws(BackupError) {
        let time = manifest.createdAt.milliseconds / 1000
        let json = manifest.json
        let dump = TarHeader(name: BackupArchive.dumpName, size: dumpBytes, time: time)
        let sums = BackupArchive.checksums(dump: manifest.dumpDigest, manifest: SHA256.hash(json))
        var tail = [UInt8](repeating: 0, count: dump.padding)
        for (name, content) in [(BackupArchive.manifestName, json), (BackupArchive.checksumsName, sums)] {
            let header = TarHeader(name: name, size: Int64(content.count), time: time)
            tail += header.bytes + content + [UInt8](repeating: 0, count: header.padding)
        }
        try write((tail + [UInt8](repeating: 0, count: 2 * TarHeader.blockSize))[...])
        let header = dump.bytes
        let count = unsafe pwrite(descriptor, header, header.count, 0)
        guard count == header.count, fsync(descriptor) == 0 else { throw BackupFile.failure("write", temporary) }
        guard unsafe rename(temporary, path) == 0 else { throw BackupFile.failure("rename", temporary) }
        isFinished = true
        let slash = path.lastIndex(of: "/")
        let directory = unsafe open(slash.map { "\(path[...$0])" } ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw BackupFile.failure("sync the directory of", path) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw BackupFile.failure("sync the directory of", path) }
    }

    private func write(_ bytes: ArraySlice<UInt8>) throws(BackupError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw BackupFile.failure("write", temporary)
            }
        }
    }

    static func failure(_ operation: String, _ path: String) -> BackupError {
        let number = errno
        return .file(operation: operation, path: path, reason: unsafe String(cString: strerror(number)))
    }
}
