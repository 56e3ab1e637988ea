/// The help texts, made from the command table.
enum CommandHelp {
    static func overview(_ commands: [Command]) -> String {
        let width = commands.map(\.name.count).max() ?? 0
        var lines = ["hubctl - the command line of Presence Hub", "", "Usage: hubctl COMMAND [options]", ""]
        lines += commands.map { "  \(padded($0.name, to: width))  \($0.summary)" }
        lines += ["", "'hubctl COMMAND --help' tells more. Times are like 30s, 5m, 1h.", ""]
        lines += exitCodes()
        return lines.joined(separator: "\n") + "\n"
    }

    static func page(_ command: Command) -> String {
        var usage = ["Usage: hubctl \(command.name)"]
        usage += command.operands.map { $0.isRequired ? $0.placeholder : "[\($0.placeholder)]" }
        usage += command.options.filter(\.isRequired).map(\.synopsis)
        usage.append("[options]")
        var lines = ["hubctl \(command.name) - \(command.summary)", "", usage.joined(separator: " ")]
        for paragraph in command.discussion { lines += [""] + wrapped(paragraph, to: 100) }
        if !command.operands.isEmpty {
            lines += ["", "Arguments:"] + table(command.operands.map { ($0.placeholder, $0.help) })
        }
        lines += ["", "Options:"] + table((command.options + [Command.help]).map { ($0.synopsis, $0.help) })
        if command.connects {
            lines += ["", "Connection:"] + table(ConnectionOptions.all.map { ($0.synopsis, $0.help) })
        }
        lines += [""] + exitCodes()
        return lines.joined(separator: "\n") + "\n"
    }

    private static func exitCodes() -> [String] {
        ["Exit codes:"] + table(ExitCode.allCases.map { (String($0.rawValue), $0.meaning) })
    }

    private static func table(_ rows: [(name: String, help: String)]) -> [String] {
        let width = min(rows.map(\.name.count).max() ?? 0, 24)
        var lines: [String] = []
        for row in rows {
            let help = wrapped(row.help, to: 96 - width)
            var rest = help[...]
            if row.name.count > width {
                lines.append("  \(row.name)")
            } else {
                lines.append("  \(padded(row.name, to: width))  \(rest.popFirst() ?? "")")
            }
            lines += rest.map { "  \(padded("", to: width))  \($0)" }
        }
        return lines
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func wrapped(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
