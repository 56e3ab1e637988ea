internal import Crypto
internal import Glibc

/// A backup that was read and found whole: a tar archive of `database.dump`, `manifest.json` and `SHA256SUMS`.
///
/// Every byte of the file is one that a backup would have there, or the file is refused. Everything here blocks: not on a
/// loop. `@unchecked Sendable`: one thread uses it at a time.
package final class BackupArchive: @unchecked Sendable {
    static let dumpName = "database.dump"
    static let manifestName = "manifest.json"
    static let checksumsName = "SHA256SUMS"

    package let manifest: BackupManifest
    private let descriptor: Int32
    /// Of the dump that ``nextPiece()`` has not given yet.
    private var position: Int64
    private var rest: Int64

    /// A manifest is a list of migrations and tables; one that is longer is none.
    private static let longestManifest: Int64 = 16 << 20

    /// As `sha256sum` writes and checks them.
    static func checksums(dump: [UInt8], manifest: [UInt8]) -> [UInt8] {
        Array(
            "\(Hexadecimal.encode(dump))  \(dumpName)\n\(Hexadecimal.encode(manifest))  \(manifestName)\n".utf8)
    }

    /// Reads all of it.
    ///
    /// - Parameter progress: Hears how many bytes are read, and how many there are.
    package init(path: String, progress: (Int64, Int64) -> Void = { _, _ in }) throws(BackupError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupFile.failure("open", path) }
        do throws(BackupError) {
            manifest = try BackupArchive.check(descriptor, progress)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        position = Int64(TarHeader.blockSize)
        rest = manifest.dumpBytes
    }

    deinit { close(descriptor) }

    /// The next piece of the dump; empty at its end.
    package func nextPiece() throws(BackupError) -> [UInt8] {
        let bytes = try BackupArchive.read(descriptor, at: position, Int(min(rest, 65_536)))
        position += Int64(bytes.count)
        rest -= Int64(bytes.count)
        return bytes
    }

    private static func check(
        _ descriptor: Int32, _ progress: (Int64, Int64) -> Void
    ) throws(BackupError) -> BackupManifest {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .foreign }
        let size = Int64(status.st_size)
        guard size >= Int64(TarHeader.blockSize) else { throw size == 0 ? .damaged("it is empty") : .foreign }
        let first = try read(descriptor, at: 0, TarHeader.blockSize)
        guard let dump = TarHeader(first) else {
            // What begins like one was one.
            throw first.starts(with: dumpName.utf8) ? .damaged("its first header is wrong") : .foreign
        }
        guard dump.name == dumpName else { throw .foreign }
        var position = Int64(TarHeader.blockSize)
        guard dump.size <= size - position else { throw .damaged("it is cut off") }
        let dumpDigest = try hash(descriptor, at: position, dump.size) { progress($0, size) }
        position = try skip(dump, descriptor, at: position)
        let json = try member(manifestName, descriptor, &position, of: size)
        let sums = try member(checksumsName, descriptor, &position, of: size)
        guard try read(descriptor, at: position, 2 * TarHeader.blockSize) == zeros(2 * TarHeader.blockSize) else {
            throw .damaged("its end is wrong")
        }
        guard position + 2 * Int64(TarHeader.blockSize) == size else { throw .damaged("something follows its end") }
        guard sums == checksums(dump: dumpDigest, manifest: SHA256.hash(json)) else {
            throw .damaged("its content does not fit its checksums")
        }
        let manifest = try BackupManifest(json: json)
        guard manifest.dumpBytes == dump.size, manifest.dumpDigest == dumpDigest else {
            throw .damaged("its manifest is of another dump")
        }
        return manifest
    }

    private static func member(
        _ name: String, _ descriptor: Int32, _ position: inout Int64, of size: Int64
    ) throws(BackupError) -> [UInt8] {
        guard let header = TarHeader(try read(descriptor, at: position, TarHeader.blockSize)), header.name == name
        else { throw .damaged("\(name) is not where it should be") }
        position += Int64(TarHeader.blockSize)
        guard header.size <= longestManifest, header.size <= size - position else {
            throw .damaged("\(name) is cut off")
        }
        let content = try read(descriptor, at: position, Int(header.size))
        position = try skip(header, descriptor, at: position)
        return content
    }

    /// - Returns: Where the next header is.
    private static func skip(
        _ header: TarHeader, _ descriptor: Int32, at position: Int64
    ) throws(BackupError) -> Int64 {
        let padding = try read(descriptor, at: position + header.size, header.padding)
        guard padding == zeros(header.padding) else { throw .damaged("\(header.name) is not followed by zeros") }
        return position + header.size + Int64(header.padding)
    }

    private static func hash(
        _ descriptor: Int32, at position: Int64, _ size: Int64, _ progress: (Int64) -> Void
    ) throws(BackupError) -> [UInt8] {
        var digest = SHA256Stream()
        var done: Int64 = 0
        while done < size {
            let bytes = try read(descriptor, at: position + done, Int(min(size - done, 1 << 20)))
            digest.update(bytes[...])
            done += Int64(bytes.count)
            progress(position + done)
        }
        return digest.finish()
    }

    /// Exactly `count` bytes.
    private static func read(_ descriptor: Int32, at position: Int64, _ count: Int) throws(BackupError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let part = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(descriptor, $0.baseAddress?.advanced(by: done), count - done, Int(position) + done)
            }
            if part == 0 { throw .damaged("it is cut off") }
            if part > 0 {
                done += part
            } else if errno != EINTR {
                throw BackupFile.failure("read", "the backup")
            }
        }
        return bytes
    }

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}
