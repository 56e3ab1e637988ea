import Foundation
import Glibc

/// Asks for what must not be seen: from a terminal without echo, else a line of standard input.
enum SecretPrompt {
    /// - Parameter question: What a person is asked, without the colon.
    /// - Returns: The line; empty at the end of input.
    /// - Throws: ``ExitCode/usage`` when Ctrl-C or Ctrl-D was pressed.
    static func ask(_ question: String) throws(CommandFailure) -> String {
        guard let before = TerminalGuard.protect(STDIN_FILENO, farewell: "") else {
            return readLine(strippingNewline: true) ?? ""
        }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        Output.prompt("\(question): ")
        let line = readLine(strippingNewline: true)
        TerminalGuard.restore()
        Output.prompt("\n")
        guard let line else { throw .usage("nothing was entered") }
        return line
    }

    /// A new password: twice from a terminal, so that a slip of the finger locks nobody out.
    static func askForNew(_ question: String) throws(CommandFailure) -> String {
        let first = try ask(question)
        guard Terminal.isTerminal(STDIN_FILENO) else { return first }
        guard try ask("\(question) again") == first else { throw .usage("the two are not the same; nothing was done") }
        return first
    }

    /// A password from the environment, or asked for.
    ///
    /// - Throws: ``ExitCode/usage`` where there is none: it is never an argument, which `ps` would show.
    static func password(
        _ question: String, variable: String, environment: [String: String], isNew: Bool = false
    ) throws(CommandFailure) -> String {
        if let given = environment[variable], !given.isEmpty { return given }
        let password = try isNew ? askForNew(question) : ask(question)
        guard !password.isEmpty else {
            throw .usage("there is no password on standard input, and \(variable) is not set")
        }
        return password
    }
}
