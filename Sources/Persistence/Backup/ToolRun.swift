internal import CPostgres
internal import EventLoop
internal import Glibc

/// One of Postgres' programs while it runs.
final class ToolRun: Sendable {
    private let program: String
    private let process: ChildProcess
    /// Nothing if the loop stopped first.
    private let exit: Task<ChildProcessExit?, Never>
    /// What it complains of: a file without a name.
    private let errors: Int32

    /// Starts it. Any thread.
    static func start(
        _ options: ChildProcessOptions, input: Int32? = nil, output: Int32? = nil, on loop: Loop
    ) async throws(PostgresToolError) -> ToolRun {
        let program = options.executable.split(separator: "/").last.map(String.init) ?? options.executable
        let errors = ToolRun.namelessFile()
        var options = options
        options.input = input
        options.output = output.map { .file(descriptor: $0) } ?? .discard
        options.errors = errors < 0 ? .discard : .file(descriptor: errors)
        let (stream, continuation) = AsyncStream.makeStream(of: ChildProcessExit.self)
        let started: Result<ChildProcess, LoopError> = await withCheckedContinuation { done in
            loop.execute { [options] in
                done.resume(
                    returning: Result { () throws(LoopError) in
                        try ChildProcess.spawn(options, on: loop) {
                            continuation.yield($0)
                            continuation.finish()
                        }
                    })
            }
        }
        do throws(LoopError) {
            return ToolRun(program, try started.get(), stream, errors)
        } catch {
            if errors >= 0 { close(errors) }
            throw .start(program: options.executable, reason: error.description)
        }
    }

    private init(_ program: String, _ process: ChildProcess, _ exits: AsyncStream<ChildProcessExit>, _ errors: Int32) {
        self.program = program
        self.process = process
        self.errors = errors
        // Ends with the child.
        exit = Task {
            for await exit in exits { return exit }
            return nil
        }
    }

    deinit { if errors >= 0 { close(errors) } }

    /// Waits for its end.
    ///
    /// - Throws: Its complaint, if it failed.
    func succeeded() async throws(PostgresToolError) {
        let exit = await exit.value
        if exit?.isSuccess != true { throw failure(exit) }
    }

    /// Ends it at once and waits for its end.
    ///
    /// - Returns: Its complaint, if it had failed by itself before.
    @discardableResult
    func kill() async -> PostgresToolError? {
        // One that is on its way out by itself has a moment to say why.
        let process = process
        let watch = Task {
            try? await Task.sleep(for: .milliseconds(500))
            process.loop.execute { process.kill(signal: SIGKILL) }
        }
        let exit = await exit.value
        watch.cancel()
        return exit?.isSuccess == true || exit?.signal == SIGKILL ? nil : failure(exit)
    }

    private func failure(_ exit: ChildProcessExit?) -> PostgresToolError {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe pread(errors, &bytes, bytes.count, 0)
        let text = String(decoding: bytes[..<max(0, count)], as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.contains("rror") || $0.contains("FATAL") }
        let first = line ?? text.split(separator: "\n").first
        return .failed(
            program: program,
            reason: first.map(String.init) ?? "status \(exit?.status ?? -1), signal \(exit?.signal ?? 0)")
    }

    private static func namelessFile() -> Int32 {
        var path = Array("/tmp/presence-hub-XXXXXX".utf8CString)
        let descriptor = unsafe CPostgres_temporaryFile(&path)
        if descriptor >= 0 { _ = unsafe unlink(path) }
        return descriptor
    }
}
