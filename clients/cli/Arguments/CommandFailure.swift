/// Ends a command: one line that a person can act on, and the exit code.
struct CommandFailure: Error, Hashable, Sendable {
    var code: ExitCode
    /// One line without a full stop; holds no key and no position.
    var message: String

    init(_ code: ExitCode, _ message: String) {
        self.code = code
        self.message = message
    }

    static func usage(_ message: String) -> CommandFailure { CommandFailure(.usage, message) }
    static func badData(_ message: String) -> CommandFailure { CommandFailure(.badData, message) }
}
