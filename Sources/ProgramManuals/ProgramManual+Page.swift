extension ProgramManual {
    /// The manual page of section 1, for `man`.
    ///
    /// - Parameter version: As `version` prints it.
    package func page(version: String) -> String {
        var page = ManualPage()
        page.macro("TH", [name.uppercased(), "1", "", "Presence Hub \(version)", "User Commands"])
        page.section("NAME")
        page.text("\(name) - \(summary)")
        page.section("SYNOPSIS")
        page.usage([name], "COMMAND [OPTIONS]")
        page.section("COMMANDS")
        for command in commands {
            page.macro("SS", [command.name])
            let operands = command.operands.joined(separator: " ")
            let options = command.options.isEmpty && !command.takesShared ? "" : "[OPTIONS] "
            page.usage([name] + command.words, (options + operands).trimmed)
            page.macro("PP")
            page.text(command.summary + ".")
            for paragraph in command.paragraphs {
                page.macro("PP")
                page.text(paragraph)
            }
            for option in command.options { page.option(option) }
        }
        if !shared.isEmpty {
            page.section(sharedTitle.uppercased())
            for option in shared { page.option(option) }
        }
        page.section("EXIT STATUS")
        for code in exitCodes { page.item("\(code.code)", code.meaning) }
        page.section("SEE ALSO")
        page.text("`\(name) COMMAND --help` tells of one command.")
        return page.source
    }
}

/// The source of a page, in the macros of man(7).
private struct ManualPage {
    private(set) var source = ""

    mutating func macro(_ name: String, _ arguments: [String] = []) {
        let words = arguments.map { "\"" + ManualPage.escaped($0).replacing("\"", with: "\\(dq") + "\"" }
        source += ([".\(name)"] + words).joined(separator: " ") + "\n"
    }

    mutating func section(_ title: String) { macro("SH", [title]) }

    /// Text of several lines, each a line of its own in the source.
    mutating func text(_ text: String) {
        for line in text.split(separator: "\n") {
            let escaped = ManualPage.escaped(String(line).trimmed)
            source += (escaped.first == "." || escaped.first == "'" ? "\\&" : "") + escaped + "\n"
        }
    }

    mutating func usage(_ words: [String], _ rest: String) {
        macro("B", [words.joined(separator: " ")])
        if !rest.isEmpty { text(rest) }
    }

    mutating func item(_ name: String, _ text: String) {
        source += ".TP\n\\fB\(ManualPage.escaped(name))\\fR\n"
        self.text(text)
    }

    mutating func option(_ option: ProgramManual.Option) {
        source += ".TP\n\\fB\(ManualPage.escaped("--\(option.name)"))\\fR"
        if let placeholder = option.placeholder { source += " \\fI\(ManualPage.escaped(placeholder))\\fR" }
        source += "\n"
        text(option.help.isEmpty ? "-" : option.help)
    }

    /// As roff reads it: in ASCII, with every hyphen one that can be copied into a shell.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "`": escaped += "\\(ga"
            case "^": escaped += "\\(ha"
            case "~": escaped += "\\(ti"
            case _ where !scalar.isASCII:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                escaped += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
