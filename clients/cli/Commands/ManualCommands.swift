import ProgramManuals

/// `completions` and `man`: the command line, told to shells and to `man`.
enum ManualCommands {
    static let completions = Command(
        name: "completions", summary: "print what makes a shell complete this command line",
        discussion: [
            "Bash reads it from ~/.local/share/bash-completion/completions/hubctl, fish from "
                + "~/.config/fish/completions/hubctl.fish, zsh from a file called _hubctl in a folder of $fpath."
        ],
        operands: [Operand("SHELL", "bash, zsh or fish")], connects: false,
        run: { invocation in
            guard let shell = Shell(rawValue: invocation.arguments.operands[0]) else {
                throw CommandFailure.usage("there are completions for bash, zsh and fish")
            }
            Output.text(manual.completions(for: shell))
            return .ok
        })

    static let man = Command(
        name: "man", summary: "print the manual page, for 'man -l -'", connects: false,
        run: { _ in
            Output.text(manual.page(version: Version.text))
            return .ok
        })

    static var manual: ProgramManual {
        ProgramManual(
            name: "hubctl", summary: "the command line of Presence Hub",
            commands: CommandTable.all.map { command in
                ProgramManual.Command(
                    command.name, summary: command.summary, paragraphs: command.discussion,
                    operands: command.operands.map { $0.isRequired ? $0.placeholder : "[\($0.placeholder)]" },
                    options: command.options.map(described), takesShared: command.connects)
            }, shared: ConnectionOptions.all.map(described), sharedTitle: "Connection",
            exitCodes: ExitCode.allCases.map { .init(Int($0.rawValue), $0.meaning) })
    }

    private static func described(_ option: Option) -> ProgramManual.Option {
        switch option.shape {
        case .flag: .init(option.name, nil, option.help)
        case .value(let placeholder): .init(option.name, placeholder, option.help)
        case .values(let placeholder): .init(option.name, placeholder + "…", option.help)
        }
    }
}
