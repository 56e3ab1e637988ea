/// Every command, in the order of the overview.
enum CommandTable {
    static let all: [Command] =
        [
            LoginCommands.login, LoginCommands.logout, LoginCommands.profiles, DeviceCommands.health,
            DeviceCommands.devices, DeviceCommands.register, DeviceCommands.deactivate,
            WatchCommand.command, StreamCommand.command, SimulateCommand.simulate, SimulateCommand.demo,
            BenchCommand.command, LoadCommand.command,
        ] + PersonCommands.all + AdminCommands.all + [ManualCommands.completions, ManualCommands.man]

    /// The command with the longest name that `words` begin with.
    private static func command(in words: [String]) -> Command? {
        all.filter { words.starts(with: $0.name.split(separator: " ").map(String.init)) }
            .max { $0.name.count < $1.name.count }
    }

    /// Runs the command that `words` (without the program's name) ask for; what goes wrong is told in one line.
    static func run(_ words: [String], environment: [String: String]) async -> ExitCode {
        guard let name = words.first else {
            Output.note(CommandHelp.overview(all))
            return .usage
        }
        switch name {
        case "--help", "-h", "help":
            let topic = words.dropFirst().filter { $0 != "--help" }
            guard !topic.isEmpty else {
                Output.text(CommandHelp.overview(all))
                return .ok
            }
            return await run(topic + ["--help"], environment: environment)
        case "--version", "version":
            Output.line("hubctl \(Version.text)")
            return .ok
        default: break
        }
        guard let command = command(in: words) else {
            let family = all.filter { $0.name.hasPrefix(name + " ") }
            if !family.isEmpty {
                let asksForHelp = words.contains("--help") || words.contains("-h")
                let overview = CommandHelp.overview(family)
                if asksForHelp { Output.text(overview) } else { Output.note(overview) }
                return asksForHelp ? .ok : .usage
            }
            Output.note("hubctl: there is no command '\(PlainText.line(name))'; 'hubctl --help' lists them")
            return .usage
        }
        let rest = Array(words.dropFirst(command.name.split(separator: " ").count))
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
