extension ProgramManual {
    var bashCompletions: String {
        var text = """
            # bash completion for \(name), made by `\(name) completions bash`.

            # The words that may follow those of a command.
            _\(name)_next() {
                case "$1" in

            """
        for (words, next) in continuations {
            text +=
                "        \(ProgramManual.quoted(words))) "
                + "printf '%s' \(ProgramManual.quoted(next.map(\.word).joined(separator: " "))) ;;\n"
        }
        text += """
                esac
            }

            _\(name)_shared=\(ProgramManual.quoted(shared.map { "--\($0.name)" }.joined(separator: " ")))

            # The options of a command; fails for what is none.
            _\(name)_options() {
                case "$1" in

            """
        for command in commands {
            let own = (command.options.map { "--\($0.name)" } + ["--help"]).joined(separator: " ")
            let shared = command.takesShared ? #"" $_\#(name)_shared""# : ""
            text +=
                "        \(ProgramManual.quoted(command.name))) printf '%s' \(ProgramManual.quoted(own))\(shared) ;;\n"
        }
        text += """
                    *) return 1 ;;
                esac
            }

            # What an option of a command takes: file, value, or nothing.
            _\(name)_takes() {
                case "$1 $2" in

            """
        for command in commands {
            for option in command.options where option.placeholder != nil {
                text +=
                    "        \(ProgramManual.quoted("\(command.name) --\(option.name)"))) "
                    + "printf \(option.takesFile ? "file" : "value") ;;\n"
            }
        }
        for option in shared where option.placeholder != nil {
            text +=
                "        *\(ProgramManual.quoted(" --\(option.name)"))) "
                + "printf \(option.takesFile ? "file" : "value") ;;\n"
        }
        text += """
                esac
            }

            _\(name)() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words='' command='' i next options
                COMPREPLY=()
                for ((i = 1; i < COMP_CWORD; i++)); do
                    [[ ${COMP_WORDS[i]} == -* ]] && break
                    words+=${words:+ }${COMP_WORDS[i]}
                    _\(name)_options "$words" >/dev/null && command=$words
                done
                if [[ $prev == --* && $cur != -* ]]; then
                    case $(_\(name)_takes "$command" "$prev") in
                        file)
                            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                            compopt -o filenames 2>/dev/null
                            return
                            ;;
                        value) return ;;
                    esac
                fi
                if [[ $cur == -* ]]; then
                    options=$(_\(name)_options "$command")
                    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
                    return
                fi
                next=$(_\(name)_next "$words")
                mapfile -t COMPREPLY < <(compgen -W "$next" -- "$cur")
                # What is no command may be a file that one takes.
                if [[ -n $command && ${#COMPREPLY[@]} -eq 0 ]]; then
                    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    compopt -o filenames 2>/dev/null
                fi
            }
            complete -F _\(name) \(name)

            """
        return text
    }
}
