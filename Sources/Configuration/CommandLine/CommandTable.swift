/// The commands of a program: they parse its command line and write its help.
package struct CommandTable: Sendable {
    let program: String
    let summary: String
    package private(set) var commands: [Command]

    package init(program: String, summary: String, commands: [Command]) {
        self.program = program
        self.summary = summary
        self.commands = commands
    }

    /// The table with more commands, which an area of the product brings.
    package func adding(_ more: [Command]) -> CommandTable {
        var table = self
        table.commands += more
        return table
    }

    /// - Parameter arguments: Without the program's own name.
    package func parse(_ arguments: [String]) -> CommandLineArguments {
        switch arguments.first {
        case nil: return .mistake("a command is needed; `\(program) help` lists them")
        case "--help", "-h": return .help(overview)
        case "--version": return parse(["version"] + arguments.dropFirst())
        case "help": return help(on: Array(arguments.dropFirst()))
        default: break
        }
        // The longest name that fits, so that `keys create` is found before a `keys` would be.
        let matches = commands.filter { arguments.starts(with: $0.words) }
        guard let command = matches.max(by: { $0.words.count < $1.words.count }) else {
            return unknown(arguments)
        }
        var parser = CommandParser(command: command, program: program)
        return parser.parse(Array(arguments.dropFirst(command.words.count))) ?? .help(help(for: command))
    }

    private func help(on words: [String]) -> CommandLineArguments {
        if words.isEmpty { return .help(overview) }
        if let command = commands.first(where: { $0.words == words }) { return .help(help(for: command)) }
        let group = commands.filter { $0.words.starts(with: words) }
        return group.isEmpty ? unknown(words) : .help(list(group))
    }

    private func unknown(_ arguments: [String]) -> CommandLineArguments {
        let word = arguments[0]
        let group = commands.filter { $0.words.count > 1 && $0.words[0] == word }
        guard !group.isEmpty else {
            return .mistake("there is no command \"\(word)\"; `\(program) help` lists them")
        }
        if arguments.count > 1, ["--help", "-h"].contains(arguments[1]) { return .help(list(group)) }
        let names = group.map { $0.words.dropFirst().joined(separator: " ") }.joined(separator: ", ")
        return .mistake("\"\(word)\" needs one of \(names)")
    }

    /// All commands, with a line each.
    private var overview: String {
        """
        \(summary)

        Usage: \(program) COMMAND [OPTIONS]

        Commands:
        \(list(commands))
        `\(program) COMMAND --help` tells more about one of them.

        """
    }

    private func list(_ commands: [Command]) -> String {
        let width = commands.map(\.name.count).max() ?? 0
        return commands.map { "  \(padded($0.name, to: width))  \($0.summary)\n" }.joined()
    }

    private func help(for command: Command) -> String {
        var usage = "Usage: \(program) \(command.name)"
        for option in command.options {
            usage += option.isRequired ? " \(option.synopsis)" : " [\(option.synopsis)]"
        }
        if command.readsConfiguration { usage += " [SETTINGS]" }
        usage += command.operands.map { " " + $0 }.joined()
        usage += command.optionalOperands.map { " [\($0)]" }.joined()
        var text = "\(command.summary).\n\n\(usage)\n"
        if !command.discussion.isEmpty { text += "\n\(command.discussion)\n" }
        text += "\nOptions:\n"
        var rows = command.options.map { ($0.synopsis, $0.help) }
        if command.readsConfiguration {
            rows.append(("--config FILE", "read settings from a TOML file"))
            rows.append(("--set KEY=VALUE", "set one setting, such as server.port=8080"))
        }
        rows.append(("--help", "show this"))
        text += table(rows)
        if command.readsConfiguration {
            text += "\nSettings (flags outrank HUB__SECTION__KEY in the environment, which outranks the file):\n"
            text += table(Setting.all.map { ("\($0.key.flag) \($0.placeholder)", $0.firstSentence) })
        }
        return text
    }

    private func table(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  \(padded($0.0, to: width))  \($0.1)\n" }.joined()
    }
}

private func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

extension Setting {
    fileprivate var placeholder: String {
        kind.hasPrefix("an integer") ? "N" : kind.hasPrefix("a list") ? "A,B" : kind == "a path" ? "PATH" : "TEXT"
    }

    fileprivate var firstSentence: String {
        documentation.firstRange(of: ". ").map { String(documentation[..<$0.lowerBound]) + "." } ?? documentation
    }
}
