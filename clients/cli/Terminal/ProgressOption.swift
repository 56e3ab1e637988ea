import Glibc
import TerminalText

/// `--quiet`, and what it silences: how far a long task is, on standard error.
enum ProgressOption {
    static let quiet = Option("quiet", "no progress")

    /// - Parameter mayDraw: Whether nobody else writes to the terminal meanwhile.
    static func display(_ arguments: Arguments, mayDraw: Bool = true) -> ProgressDisplay {
        .standardError(isQuiet: arguments.has("quiet"), mayDraw: mayDraw)
    }

    /// Shows how far `body` is. However the program ends meanwhile, it leaves no half of a line.
    static func showing<Value>(
        _ progress: ProgressDisplay, _ body: () async throws(CommandFailure) -> Value
    ) async throws(CommandFailure) -> Value {
        if progress.isDrawing { _ = TerminalGuard.protect(STDERR_FILENO, farewell: ProgressDisplay.erasure) }
        defer { if progress.isDrawing { TerminalGuard.restore() } }
        return try await progress.showing(body)
    }
}
