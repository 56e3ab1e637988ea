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

    /// Starts a program of the system's.
    convenience init(installed path: String, _ arguments: [String]) throws {
        try self.init(path: path, arguments, [:])
    }

    /// Starts a program that listening sockets are handed over to, as systemd does it.
    ///
    /// - Parameter descriptors: Open in this process, without close-on-exec; they become 3 and those behind it.
    convenience init(
        _ program: String, _ arguments: [String], environment: [String: String], handingOver descriptors: [Int32]
    ) throws {
        // The shell becomes the program, so that its number is the program's.
        let script = #"LISTEN_PID=$$; export LISTEN_PID; exec "$@""#
        try self.init(
            path: "/bin/sh", ["-c", script, "sh", try TestFiles.program(program)] + arguments,
            environment.merging(["LISTEN_FDS": "\(descriptors.count)"]) { $1 }, handingOver: descriptors)
    }

    private init(
        path: String, _ arguments: [String], _ environment: [String: String], handingOver descriptors: [Int32] = []
    ) throws {
        let name = UUID().uuidString
        outputPath = TestFiles.root + "/\(name).out"
        errorsPath = TestFiles.root + "/\(name).err"
        let environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("HUB__") && !$0.key.hasPrefix("HUBCTL") }
            .merging(environment) { $1 }
        pid = try ProgramRun.spawn(
            path, arguments, environment, output: outputPath, errors: errorsPath, handingOver: descriptors)
        TestFiles.note(pid)
        // A thread of its own: it does nothing but wait for the child.
        Thread.detachNewThread { [self] in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let wasKilled = status & 0x7f != 0
            end(
                Outcome(
                    status: wasKilled ? status & 0x7f : (status >> 8) & 0xff, wasKilled: wasKilled,
                    output: TestFiles.text(outputPath), errors: TestFiles.text(errorsPath)))
        }
    }

    /// By `posix_spawn`: Foundation's `Process` reads beyond a directory entry, which the address sanitizer takes for ours.
    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String: String], output: String, errors: String,
        handingOver descriptors: [Int32]
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT, 0o600)
        for (index, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(3 + index))
        }
        // The runner's threads block signals and the loops ignore SIGPIPE; a program begins with neither.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, pipe) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &pipe)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let words = ([path] + arguments).map { strdup($0) }
        let variables = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for text in words + variables { free(text) } }
        var child: pid_t = 0
        let result = posix_spawn(&child, path, &actions, &attributes, words + [nil], variables + [nil])
        guard result == 0 else { throw Unexpected(what: "\(path) cannot be run: error \(result)") }
        return child
    }

    /// Runs a program to its end.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Outcome {
        await (try ProgramRun(program, arguments, environment: environment)).outcome()
    }

    /// Starts a program of the system's, found by its name.
    convenience init(system program: String, _ arguments: [String]) throws {
        try self.init(path: "/usr/bin/env", [program] + arguments, [:])
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

    /// Sends a signal as soon as there is something in a file, the program has ended, or 90 s are over: from a thread of its own, because other tests that
    /// compute may keep all of the pool's for seconds.
    ///
    /// - Returns: What was in the file.
    func signal(_ signal: Int32, onceIn path: String) async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                let end = ContinuousClock.now.advanced(by: .seconds(90))
                var text = TestFiles.text(path)
                while text.isEmpty, isRunning, ContinuousClock.now < end {
                    // Another process writes the file; nothing tells of it.
                    usleep(2_000)
                    text = TestFiles.text(path)
                }
                self.signal(signal)
                continuation.resume(returning: text)
            }
        }
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
