/// One command of hubctl. Its help, its parsing and its place in the overview all come from here.
struct Command: Sendable {
    var name: String
    /// One line for the overview.
    var summary: String
    /// Paragraphs for `--help`.
    var discussion: [String] = []
    var operands: [Operand] = []
    var options: [Option] = []
    /// Whether it speaks to a hub and so takes ``ConnectionOptions/all``.
    var connects = true
    var run: @Sendable (Invocation) async throws -> ExitCode

    static let help = Option("help", "print this help")

    var allOptions: [Option] { options + (connects ? ConnectionOptions.all : []) + [Command.help] }
}

/// What a running command is given.
struct Invocation: Sendable {
    var arguments: Arguments
    var environment: [String: String]

    /// The hub and the key to use: options first, then `HUBCTL_URL` and `HUBCTL_KEY`, then the profile.
    func target() throws(CommandFailure) -> HubTarget {
        try ConnectionOptions.target(
            arguments: arguments, environment: environment, profiles: ProfileStore(environment: environment))
    }

    /// The hub's interface for the person who is signed in, whatever keys there are.
    func person() throws(CommandFailure) -> PersonAPI {
        PersonAPI(
            target: try ConnectionOptions.person(
                arguments: arguments, environment: environment, profiles: ProfileStore(environment: environment)))
    }
}
