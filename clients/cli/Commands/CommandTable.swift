/// Every command, in the order of the overview.
enum CommandTable {
    static let all: [Command] = [
        LoginCommands.login, LoginCommands.logout, LoginCommands.profiles, DeviceCommands.health,
        DeviceCommands.devices, DeviceCommands.register, DeviceCommands.deactivate,
        WatchCommand.command, StreamCommand.command, SimulateCommand.simulate, SimulateCommand.demo,
        BenchCommand.command, LoadCommand.command,
    ]

    /// Runs the command that `words` (without the program's name) ask for; what goes wrong is told in one line.
    static func run(_ words: [String], environment: [String: String]) async -> ExitCode {
        guard let name = words.first else {
            Output.note(CommandHelp.overview(all))
            return .usage
        }
        switch name {
        case "--help", "-h", "help":
            guard let topic = words.dropFirst().first, topic != "--help" else {
                Output.text(CommandHelp.overview(all))
                return .ok
            }
            return await run([topic, "--help"], environment: environment)
        case "--version", "version":
            Output.line("hubctl \(Version.text)")
            return .ok
        default: break
        }
        guard let command = all.first(where: { $0.name == name }) else {
            Output.note("hubctl: there is no command '\(PlainText.line(name))'; 'hubctl --help' lists them")
            return .usage
        }
        let rest = Array(words.dropFirst())
        if rest.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
            Output.text(CommandHelp.page(command))
            return .ok
        }
        do {
            let arguments = try Arguments(rest, options: command.allOptions, operands: command.operands)
            return try await command.run(Invocation(arguments: arguments, environment: environment))
        } catch let failure as CommandFailure {
            let hint = failure.code == .usage ? " (see 'hubctl \(command.name) --help')" : ""
            Output.note("hubctl \(command.name): \(failure.message)\(hint)")
            return failure.code
        } catch {
            Output.note("hubctl \(command.name): \(PlainText.line(String(describing: error)))")
            return .fault
        }
    }
}
