import Foundation
import Glibc
import HubTesting
import Synchronization
import Wire

/// One of this package's programs as a child process.
final class ProgramRun: Sendable {
    /// What a program that has ended left behind.
    struct Outcome: Sendable {
        let status: Int32
        /// Whether a signal ended it.
        let wasKilled: Bool
        let output: String
        let errors: String

        /// What it wrote to its standard error stream, in lines.
        var complaints: [Substring] { errors.split(separator: "\n") }

        /// What it wrote to its standard output stream.
        var json: JSONValue? { try? JSONValue(Array(output.utf8)) }
    }

    let pid: Int32
    private let outputPath: String
    private let errorsPath: String
    private let ended = Mutex<(outcome: Outcome?, waiters: [CheckedContinuation<Outcome, Never>])>((nil, []))

    /// Starts a program.
    ///
    /// - Parameter environment: Added to this process's, from which everything of the hub's is taken out.
    convenience init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        try self.init(path: try TestFiles.program(program), arguments, environment)
    }

    private init(path: String, _ arguments: [String], _ environment: [String: String]) throws {
        let name = UUID().uuidString
        outputPath = TestFiles.root + "/\(name).out"
        errorsPath = TestFiles.root + "/\(name).err"
        pid = try ProgramRun.spawn(
            path, arguments, output: outputPath, errors: errorsPath,
            environment: ProcessInfo.processInfo.environment
                .filter { !$0.key.hasPrefix("HUB__") && !$0.key.hasPrefix("HUBCTL") }
                .merging(environment) { $1 })
        TestFiles.note(pid)
        // A thread that waits for the child itself: other ways wait until nobody holds what the child inherited, which
        // its own children may for longer.
        Thread { [self] in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            end(
                Outcome(
                    status: signal == 0 ? status >> 8 & 0xFF : signal, wasKilled: signal != 0,
                    output: TestFiles.text(outputPath), errors: TestFiles.text(errorsPath)))
        }.start()
    }

    private static func spawn(
        _ path: String, _ arguments: [String], output: String, errors: String, environment: [String: String]
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        func list(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { strdup($0) } + [nil] }
        let (words, values) = (list([path] + arguments), list(environment.map { "\($0.key)=\($0.value)" }))
        defer { for text in words + values { free(text) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, path, &actions, nil, words, values)
        guard result == 0 else { throw Unexpected(what: "\(path) does not start: \(result)") }
        return pid
    }

    /// Runs a program to its end.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Outcome {
        await (try ProgramRun(program, arguments, environment: environment)).outcome()
    }

    /// Runs a program of the system's, found by its name, to its end.
    static func run(system program: String, _ arguments: [String]) async throws -> Outcome {
        await (try ProgramRun(path: "/usr/bin/env", [program] + arguments, [:])).outcome()
    }

    /// Waits until it has ended.
    func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            let outcome = ended.withLock { ended in
                if ended.outcome == nil { ended.waiters.append(continuation) }
                return ended.outcome
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }

    var isRunning: Bool { ended.withLock { $0.outcome == nil } }

    /// What it has written to its standard output stream so far.
    var outputSoFar: String { TestFiles.text(outputPath) }

    /// What it has written to its standard error stream so far.
    var errorsSoFar: String { TestFiles.text(errorsPath) }

    func signal(_ signal: Int32) {
        if isRunning { kill(pid, signal) }
    }

    private func end(_ outcome: Outcome) {
        let waiters = ended.withLock { ended in
            ended.outcome = outcome
            defer { ended.waiters = [] }
            return ended.waiters
        }
        TestFiles.forget(pid)
        for waiter in waiters { waiter.resume(returning: outcome) }
    }
}
