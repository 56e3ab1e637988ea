import Glibc
import TerminalText

/// Where an export goes: standard output, or a file that gets its name when it is whole.
///
/// `@unchecked Sendable`: the one thread that waits for the answer calls it.
final class ExportSink: @unchecked Sendable {
    private let path: String?
    private let partial: String
    private let descriptor: Int32
    private var isFinished = false
    private let progress: ProgressDisplay
    private(set) var failure: CommandFailure?

    /// Where `--output` says. A file that is there is replaced.
    convenience init(_ arguments: Arguments) throws(CommandFailure) {
        let path = arguments.text("output")
        // What is not written to a file may be on the terminal, or be read by what writes there.
        let mayDraw = path != nil || ExportSink.isFile(STDOUT_FILENO)
        try self.init(path: path, progress: ProgressOption.display(arguments, mayDraw: mayDraw))
    }

    /// - Parameter path: Standard output if `nil`. A file that is there is replaced.
    init(path: String?, progress: ProgressDisplay) throws(CommandFailure) {
        self.path = path
        self.progress = progress
        partial = (path ?? "") + ".partial"
        guard path != nil else {
            descriptor = STDOUT_FILENO
            return
        }
        // Nobody else is to read where somebody was.
        descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandFailure(.badData, "cannot write \(partial)") }
    }

    deinit {
        guard path != nil, !isFinished else { return }
        close(descriptor)
        _ = unsafe unlink(partial)
    }

    private static func isFile(_ descriptor: Int32) -> Bool {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Takes all of an answer, and shows how much of it has come: nobody knows how much there will be.
    func fill(from path: String, of api: AdminAPI) async throws(CommandFailure) {
        try await ProgressOption.showing(progress) { () throws(CommandFailure) in
            progress.begin("exporting", .bytes)
            try api.download(path, to: self)
            try finish()
        }
    }

    /// Returns whether it was written.
    func take(_ bytes: [UInt8]) -> Bool {
        guard path != nil else {
            Output.raw(bytes)
            progress.advance(by: Int64(bytes.count))
            return true
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                failure = CommandFailure(.badData, "cannot write \(partial)")
                return false
            }
            rest = rest.dropFirst(count)
        }
        progress.advance(by: Int64(bytes.count))
        return true
    }

    private func finish() throws(CommandFailure) {
        guard let path else { return }
        let isWhole = fsync(descriptor) == 0
        isFinished = true
        guard close(descriptor) == 0, isWhole, unsafe rename(partial, path) == 0 else {
            _ = unsafe unlink(partial)
            throw CommandFailure(.badData, "cannot write \(path)")
        }
    }
}
