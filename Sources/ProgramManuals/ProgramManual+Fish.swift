extension ProgramManual {
    var fishCompletions: String {
        var text = """
            # fish completion for \(name), made by `\(name) completions fish`.

            function __\(name)_words
                set -l found
                for word in (commandline -opc)[2..]
                    string match -q -- '-*' $word; and break
                    set -a found $word
                end
                string join ' ' -- $found
            end

            # Whether nothing but these words has been written.
            function __\(name)_at
                set -l words (__\(name)_words)
                test "$words" = "$argv[1]"
            end

            # Whether the command is this one.
            function __\(name)_is
                set -l words (__\(name)_words)
                test "$words" = "$argv[1]"; or string match -q -- "$argv[1] *" "$words"
            end


            """
        for (words, next) in continuations {
            for (word, summary) in next {
                text += line(
                    "-f -n \(quoted("__\(name)_at \(quoted(words))")) -a \(quoted(word)) -d \(quoted(summary))")
            }
        }
        for command in commands {
            let options = command.options + [Option("help", nil, "tell more")]
            for option in options { text += line(option, if: "__\(name)_is \(quoted(command.name))") }
        }
        let takers = commands.filter(\.takesShared).map { "__\(name)_is \(quoted($0.name))" }.joined(separator: "; or ")
        guard !takers.isEmpty else { return text }
        text += "\nfunction __\(name)_takes_shared\n    \(takers)\nend\n"
        for option in shared { text += line(option, if: "__\(name)_takes_shared") }
        return text
    }

    private func line(_ option: Option, if condition: String) -> String {
        let value = option.placeholder == nil ? "" : option.takesFile ? " -r -F" : " -x"
        return line("-n \(quoted(condition)) -l \(option.name)\(value) -d \(quoted(option.help))")
    }

    private func line(_ words: String) -> String { "complete -c \(name) \(words)\n" }

    /// In single quotes, in which fish knows two escapes.
    private func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: #"\\"#).replacing("'", with: #"\'"#) + "'"
    }
}
