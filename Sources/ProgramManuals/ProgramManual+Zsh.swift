extension ProgramManual {
    var zshCompletions: String {
        var text = """
            #compdef \(name)
            # zsh completion for \(name), made by `\(name) completions zsh`.

            _\(name)() {
                local -a next options shared
                local before='' command='' word i
                for ((i = 2; i < CURRENT; i++)); do
                    word=${words[i]}
                    [[ $word == -* ]] && break
                    before+=${before:+ }$word
                    case $before in
                        \(commands.map { ProgramManual.quoted($0.name) }.joined(separator: "|"))) command=$before ;;
                    esac
                done
                shared=(\(shared.map(described).joined(separator: " ")))
                case $before in

            """
        for (words, next) in continuations {
            let list = next.map { described($0.word, $0.summary) }.joined(separator: " ")
            text += "        \(ProgramManual.quoted(words))) next=(\(list)) ;;\n"
        }
        text += "    esac\n    case $command in\n"
        for command in commands {
            let own = (command.options.map(described) + [described("--help", "tell more")]).joined(separator: " ")
            let shared = command.takesShared ? #" "${shared[@]}""# : ""
            text += "        \(ProgramManual.quoted(command.name))) options=(\(own)\(shared)) ;;\n"
        }
        text += """
                esac
                if [[ ${words[CURRENT]} == -* ]]; then
                    _describe -o 'option' options
                elif (( ${#next} )); then
                    _describe 'command' next
                else
                    _files
                fi
            }
            _\(name) "$@"

            """
        return text
    }

    private func described(_ option: Option) -> String { described("--\(option.name)", option.help) }

    /// A colon ends the word.
    private func described(_ word: String, _ summary: String) -> String {
        ProgramManual.quoted("\(word):\(summary.replacing(":", with: "\\:"))")
    }
}
