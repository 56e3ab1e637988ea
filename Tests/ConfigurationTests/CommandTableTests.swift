import Configuration
import Testing

@Suite struct `The command line` {
    private let table = CommandTable.hubd

    private func invocation(_ arguments: String...) throws -> CommandInvocation {
        guard case .run(let invocation) = table.parse(arguments) else {
            throw NotRun(answer: table.parse(arguments))
        }
        return invocation
    }

    private struct NotRun: Error { let answer: CommandLineArguments }

    @Test func `names a command by one word or two`() throws {
        #expect(try invocation("serve").command == "serve")
        #expect(try invocation("keys", "list").command == "keys list")
        #expect(try invocation("--version").command == "version")
    }

    @Test func `takes options with their value after a space or an equals sign`() throws {
        for create in [
            try invocation("keys", "create", "--name", "a=b c", "--admin"),
            try invocation("keys", "create", "--admin", "--name=a=b c"),
        ] {
            #expect(create.value("name") == "a=b c")
            #expect(create.has("admin"))
            #expect(!create.has("json"))
        }
    }

    @Test func `takes settings as flags and with --set, in their order`() throws {
        let serve = try invocation(
            "serve", "--server-port", "1", "--set", "server.host=a=b", "--config=hub.toml", "--limits-fix-age-days=3",
            "--server-port", "-2")
        #expect(serve.configurationFile == "hub.toml")
        #expect(
            serve.overrides == [
                SettingOverride(key: "server.port", value: "1", flag: "--server-port"),
                SettingOverride(key: "server.host", value: "a=b", flag: "--set"),
                SettingOverride(key: "limits.fix_age_days", value: "3", flag: "--limits-fix-age-days"),
                SettingOverride(key: "server.port", value: "-2", flag: "--server-port"),
            ])
    }

    @Test func `takes an operand that may be left out`() throws {
        #expect(try invocation("jobs", "retry", "--all").operands == [])
        #expect(try invocation("jobs", "retry", "x", "--kind=mail").operands == ["x"])
        guard case .help(let text) = table.parse(["help", "jobs", "retry"]) else { throw NotRun(answer: .help("")) }
        #expect(text.contains(" [SETTINGS] [ID]\n"))
    }

    @Test func `takes operands, behind a double dash whatever they look like`() throws {
        #expect(try invocation("keys", "revoke", "pm_abcde", "--json").operands == ["pm_abcde"])
        #expect(try invocation("keys", "revoke", "--json", "--", "--json").operands == ["--json"])
    }

    @Test(arguments: [
        ([], "a command is needed; `hubd help` lists them"),
        (["serv"], "there is no command \"serv\"; `hubd help` lists them"),
        (["keys"], "\"keys\" needs one of create, list, rotate, revoke"),
        (["keys", "make"], "\"keys\" needs one of create, list, rotate, revoke"),
        (["help", "serv"], "there is no command \"serv\"; `hubd help` lists them"),
        (["keys", "create"], "keys create: --name NAME is needed; see `hubd keys create --help`"),
        (["keys", "create", "--name"], "keys create: --name needs a value; see `hubd keys create --help`"),
        (
            ["keys", "create", "--name", "a", "--name", "b"],
            "keys create: --name is given twice; see `hubd keys create --help`"
        ),
        (
            ["keys", "create", "--name", "a", "--admin=1"],
            "keys create: --admin takes no value; see `hubd keys create --help`"
        ),
        (
            ["keys", "create", "--name", "a", "--admin", "--admin"],
            "keys create: --admin is given twice; see `hubd keys create --help`"
        ),
        (["keys", "create", "--name", "a", "b"], "keys create: \"b\" is too much; see `hubd keys create --help`"),
        (["jobs", "retry", "a", "b"], "jobs retry: \"b\" is too much; see `hubd jobs retry --help`"),
        (["keys", "revoke"], "keys revoke: KEY is needed; see `hubd keys revoke --help`"),
        (["serve", "--port", "1"], "serve: there is no option --port; see `hubd serve --help`"),
        (["serve", "-p"], "serve: there is no option -p; see `hubd serve --help`"),
        (["serve", "--set", "x"], "serve: --set takes KEY=VALUE; see `hubd serve --help`"),
        (["serve", "--set", "=x"], "serve: --set takes KEY=VALUE; see `hubd serve --help`"),
        (["serve", "--config", "a", "--config", "b"], "serve: --config is given twice; see `hubd serve --help`"),
        (["version", "--config", "a"], "version: there is no option --config; see `hubd version --help`"),
    ])
    func `says what is wrong in one line`(arguments: [String], message: String) {
        #expect(table.parse(arguments) == .mistake(message))
        #expect(ExitCode.usage.rawValue == 64)
    }

    @Test(arguments: [["help"], ["--help"], ["-h"]]) func `lists every command`(arguments: [String]) throws {
        guard case .help(let text) = table.parse(arguments) else { throw NotRun(answer: table.parse(arguments)) }
        for command in table.commands { #expect(text.contains("\n  \(command.name) ")) }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test func `explains every command, all the same ways`() throws {
        for command in table.commands where command.name != "help" {
            let words = command.name.split(separator: " ").map(String.init)
            guard case .help(let text) = table.parse(["help"] + words) else { throw NotRun(answer: table.parse(words)) }
            #expect(text.contains("Usage: hubd \(command.name)"))
            for option in command.options { #expect(text.contains("  --\(option.name)")) }
            for setting in Setting.all {
                #expect(text.contains("  \(setting.key.flag) ") == command.readsConfiguration)
            }
            #expect(table.parse(words + ["--help"]) == .help(text))
        }
    }

    @Test func `explains a group of commands`() throws {
        guard case .help(let text) = table.parse(["help", "keys"]) else { throw NotRun(answer: table.parse([])) }
        #expect(text.split(separator: "\n").count == 4)
        #expect(table.parse(["keys", "--help"]) == .help(text))
    }

    @Test func `takes commands that an area adds`() {
        let more = table.adding([Command("areas show", summary: "Show one", operands: ["AREA"])])
        guard case .run(let invocation) = more.parse(["areas", "show", "places"]) else {
            Issue.record("the command was not found")
            return
        }
        #expect(invocation.operands == ["places"])
        #expect(table.parse(["areas", "show", "places"]) != more.parse(["areas", "show", "places"]))
    }
}
