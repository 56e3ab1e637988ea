/// What a command line asks for.
package enum CommandLineArguments: Equatable, Sendable {
    case run(CommandInvocation)
    /// Help was asked for: to be written to the standard output, with ``ExitCode/success``.
    case help(String)
    /// The line is wrong: one line that says how, to be written to the standard error stream behind the program's name,
    /// with ``ExitCode/usage``.
    case mistake(String)
}
