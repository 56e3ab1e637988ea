import Foundation
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
        for path in [outputPath, errorsPath] {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("HUB__") && !$0.key.hasPrefix("HUBCTL") }
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let output = try FileHandle(forWritingTo: URL(filePath: outputPath))
        let errors = try FileHandle(forWritingTo: URL(filePath: errorsPath))
        process.standardOutput = output
        process.standardError = errors
        let (reached, finish) = AsyncStream.makeStream(of: Outcome.self)
        process.terminationHandler = { [outputPath, errorsPath] process in
            finish.yield(
                Outcome(
                    status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
                    output: TestFiles.text(outputPath), errors: TestFiles.text(errorsPath)))
            finish.finish()
        }
        try process.run()
        pid = process.processIdentifier
        try output.close()
        try errors.close()
        TestFiles.note(pid)
        Task { for await outcome in reached { end(outcome) } }
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
