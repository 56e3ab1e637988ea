/// A shell that a program's completions are written for.
package enum Shell: String, CaseIterable, Sendable {
    case bash
    case zsh
    case fish
}

extension ProgramManual {
    /// What makes the shell complete the program's command line, when it reads it.
    package func completions(for shell: Shell) -> String {
        switch shell {
        case .bash: bashCompletions
        case .zsh: zshCompletions
        case .fish: fishCompletions
        }
    }

    /// In single quotes, as bash and zsh read it.
    static func quoted(_ text: String) -> String { "'" + text.split("'").joined(separator: #"'\''"#) + "'" }
}

extension String {
    /// The parts between, empty ones too.
    fileprivate func split(_ separator: Character) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
