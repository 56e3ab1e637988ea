internal import Configuration
internal import ProgramManuals

/// `hubd completions` and `hubd man`: the command line, told to shells and to `man`.
struct ManualCommand {
    static let commands: [Command] = [
        Command(
            "completions", summary: "Print what makes a shell complete this command line",
            discussion: "SHELL is bash, zsh or fish.", operands: ["SHELL"]),
        Command("man", summary: "Print the manual page, for `man -l -`"),
    ]

    private let invocation: CommandInvocation
    private let table: CommandTable

    init(_ invocation: CommandInvocation, _ table: CommandTable) {
        self.invocation = invocation
        self.table = table
    }

    func run() -> ExitCode {
        let manual = ProgramManual(hubd: table)
        guard invocation.command == "completions" else {
            Terminal.write(manual.page(version: HubVersion.current))
            return .success
        }
        guard let shell = Shell(rawValue: invocation.operands[0]) else {
            Terminal.complain("there are completions for \(Shell.allCases.map(\.rawValue).joined(separator: ", "))")
            return .usage
        }
        Terminal.write(manual.completions(for: shell))
        return .success
    }
}

extension ProgramManual {
    init(hubd table: CommandTable) {
        self.init(
            name: "hubd", summary: "presence hub: live locations and presence for groups of people",
            commands: table.commands.map { command in
                ProgramManual.Command(
                    command.name, summary: command.summary,
                    paragraphs: command.discussion.isEmpty ? [] : [command.discussion],
                    operands: command.operands + command.optionalOperands.map { "[\($0)]" },
                    options: command.options.map { .init($0.name, $0.placeholder, $0.help) },
                    takesShared: command.readsConfiguration)
            },
            shared: [
                .init("config", "FILE", "read settings from a TOML file"),
                .init("set", "KEY=VALUE", "set one setting, such as server.port=8080"),
            ]
                + Setting.all.map { setting in
                    .init(
                        String(setting.key.flag.dropFirst(2)), setting.kind == "a path" ? "PATH" : "VALUE",
                        setting.documentation)
                },
            sharedTitle: "Settings",
            exitCodes: [
                .init(0, "done"), .init(1, "it ran and failed; the message says how"),
                .init(2, "`doctor` has found errors"), .init(64, "the command line is wrong"),
                .init(69, "a database, a port or a data directory cannot be had"),
                .init(78, "the configuration is wrong"),
            ])
    }
}
