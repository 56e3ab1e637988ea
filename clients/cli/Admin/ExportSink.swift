import Glibc

/// Where an export goes: standard output, or a file that gets its name when it is whole.
///
/// `@unchecked Sendable`: the one thread that waits for the answer calls it.
final class ExportSink: @unchecked Sendable {
    private let path: String?
    private let partial: String
    private let descriptor: Int32
    private var isFinished = false
    private let started = ContinuousClock.now
    private var told = ContinuousClock.now
    private var written = 0
    private let isWatched = Terminal.isTerminal(STDERR_FILENO)
    private(set) var failure: CommandFailure?

    /// - Parameter path: Standard output if `nil`. A file that is there is replaced.
    init(path: String?) throws(CommandFailure) {
        self.path = path
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

    /// Returns whether it was written.
    func take(_ bytes: [UInt8]) -> Bool {
        guard path != nil else {
            Output.raw(bytes)
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
        written += bytes.count
        tell()
        return true
    }

    /// How far it is, now and then: in place on a terminal, elsewhere as lines.
    private func tell() {
        let now = ContinuousClock.now
        guard now - told >= (isWatched ? .milliseconds(200) : .seconds(10)) else { return }
        told = now
        let text = TaskProgress(done: written, elapsed: now - started, unit: .bytes).text
        if isWatched { Output.prompt(Terminal.overwrite(text)) } else { Output.note(text) }
    }

    func finish() throws(CommandFailure) {
        guard let path else { return }
        if isWatched { Output.prompt(Terminal.overwrite("")) }
        let isWhole = fsync(descriptor) == 0
        isFinished = true
        guard close(descriptor) == 0, isWhole, unsafe rename(partial, path) == 0 else {
            _ = unsafe unlink(partial)
            throw CommandFailure(.badData, "cannot write \(path)")
        }
    }
}
