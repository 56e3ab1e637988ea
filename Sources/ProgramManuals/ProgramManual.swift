/// What a program's command line takes, from which its manual page and the completions of shells are made: the same tables
/// that its `--help` is made of.
package struct ProgramManual: Hashable, Sendable {
    /// One command, such as `keys create`.
    package struct Command: Hashable, Sendable {
        package var words: [String]
        /// One line, without a full stop.
        package var summary: String
        package var paragraphs: [String]
        /// As usage shows them: `KEY`, `[FILE]`.
        package var operands: [String]
        package var options: [Option]
        /// Whether ``ProgramManual/shared`` are its options too.
        package var takesShared: Bool

        package init(
            _ name: String, summary: String, paragraphs: [String] = [], operands: [String] = [], options: [Option] = [],
            takesShared: Bool = false
        ) {
            words = name.split(separator: " ").map(String.init)
            self.summary = summary
            self.paragraphs = paragraphs
            self.operands = operands
            self.options = options
            self.takesShared = takesShared
        }

        package var name: String { words.joined(separator: " ") }
    }

    package struct Option: Hashable, Sendable {
        /// Without the two hyphens.
        package var name: String
        /// What stands for its value; nothing for a flag.
        package var placeholder: String?
        package var help: String

        package init(_ name: String, _ placeholder: String?, _ help: String) {
            self.name = name
            self.placeholder = placeholder
            self.help = help
        }

        /// Whether its value is the name of a file or folder.
        var takesFile: Bool {
            guard let placeholder else { return false }
            return ["FILE", "DIR", "PATH"].contains { placeholder.contains($0) }
        }
    }

    /// Lower-case letters.
    package var name: String
    /// One line, without a full stop.
    package var summary: String
    package var commands: [Command]
    /// Options of many commands, and what they are called.
    package var shared: [Option]
    package var sharedTitle: String
    package var exitCodes: [ExitCode]

    package struct ExitCode: Hashable, Sendable {
        package var code: Int
        package var meaning: String

        package init(_ code: Int, _ meaning: String) {
            self.code = code
            self.meaning = meaning
        }
    }

    package init(
        name: String, summary: String, commands: [Command], shared: [Option], sharedTitle: String,
        exitCodes: [ExitCode]
    ) {
        self.name = name
        self.summary = summary
        self.commands = commands
        self.shared = shared
        self.sharedTitle = sharedTitle
        self.exitCodes = exitCodes
    }

    /// What may come after some words of a command, by those words; the beginning is no words.
    var continuations: [(words: String, next: [(word: String, summary: String)])] {
        var order: [String] = []
        var next: [String: [(word: String, summary: String)]] = [:]
        for command in commands {
            for (index, word) in command.words.enumerated() {
                let words = command.words[..<index].joined(separator: " ")
                if next[words] == nil { order.append(words) }
                guard !next[words, default: []].contains(where: { $0.word == word }) else { continue }
                let isWhole = index == command.words.count - 1
                next[words, default: []].append((word, isWhole ? command.summary : "\(word) …"))
            }
        }
        return order.map { ($0, next[$0] ?? []) }
    }
}
