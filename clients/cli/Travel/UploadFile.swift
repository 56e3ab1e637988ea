import Glibc
import HTTPClient

/// A file that is read while it is sent.
///
/// `@unchecked Sendable`: the one thread that sends reads it.
final class UploadFile: @unchecked Sendable {
    let path: String
    let length: Int
    private let descriptor: Int32
    /// Bytes that have been read.
    private(set) var position = 0
    /// Hears of every read.
    var onRead: (() -> Void)?

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandFailure(.badData, "cannot read \(PlainText.line(path))") }
        var status = stat()
        let isFile = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        length = Int(status.st_size)
        guard isFile else {
            close(descriptor)
            throw CommandFailure(.badData, "\(PlainText.line(path)) is no file")
        }
    }

    deinit { close(descriptor) }

    /// The last part of the path.
    var name: String {
        let name = String(path.split(separator: "/").last ?? "track")
        return String(PlainText.line(name).prefix(200))
    }

    /// Begins anew.
    func source() -> HTTPSource {
        position = 0
        return HTTPSource(length: length) { [self] most in read(most) }
    }

    private func read(_ most: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: min(most, max(0, length - position)))
        guard !bytes.isEmpty else { return [] }
        var count = -1
        repeat {
            count = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(position))
            }
        } while count < 0 && errno == EINTR
        // One that has become shorter cannot be sent as it was announced.
        guard count > 0 else { return nil }
        bytes.removeSubrange(count...)
        position += count
        onRead?()
        return bytes
    }
}
