/// Reads what follows a command's name.
struct CommandParser {
    private let command: Command
    private let program: String
    private var values: [String: String] = [:]
    private var flags: Set<String> = []
    private var operands: [String] = []
    private var configurationFile: String?
    private var overrides: [SettingOverride] = []

    init(command: Command, program: String) {
        self.command = command
        self.program = program
    }

    /// Nothing if the command's help is asked for.
    mutating func parse(_ arguments: [String]) -> CommandLineArguments? {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" { return nil }
            if argument == "--" {
                operands += rest
                break
            }
            guard argument.hasPrefix("-"), argument != "-" else {
                operands.append(argument)
                continue
            }
            if let mistake = take(argument, &rest) { return fault(mistake) }
        }
        return finish()
    }

    private func finish() -> CommandLineArguments {
        for option in command.options where option.isRequired && values[option.name] == nil {
            return fault("\(option.synopsis) is needed")
        }
        if operands.count < command.operands.count {
            return fault("\(command.operands[operands.count]) is needed")
        }
        let most = command.operands.count + command.optionalOperands.count
        if operands.count > most {
            return fault("\"\(operands[most])\" is too much")
        }
        return .run(
            CommandInvocation(
                command: command.name, values: values, flags: flags, operands: operands,
                configurationFile: configurationFile, overrides: overrides))
    }

    private func fault(_ text: String) -> CommandLineArguments {
        .mistake("\(command.name): \(text); see `\(program) \(command.name) --help`")
    }

    /// Takes one option with its value; what is wrong with it, if anything is.
    private mutating func take(_ argument: String, _ rest: inout ArraySlice<String>) -> String? {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0]
        let option = command.options.first { "--" + $0.name == name }
        if let option, option.placeholder == nil {
            guard parts.count == 1 else { return "\(name) takes no value" }
            return flags.insert(option.name).inserted ? nil : "\(name) is given twice"
        }
        let setting = command.readsConfiguration ? Setting.all.first { $0.key.flag == name } : nil
        let isConfiguration = command.readsConfiguration && (name == "--config" || name == "--set")
        guard option != nil || setting != nil || isConfiguration else { return "there is no option \(name)" }
        guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else { return "\(name) needs a value" }
        if let option {
            return values.updateValue(value, forKey: option.name) == nil ? nil : "\(name) is given twice"
        }
        if let setting {
            overrides.append(SettingOverride(key: setting.key.description, value: value, flag: name))
            return nil
        }
        if name == "--config" {
            guard configurationFile == nil else { return "--config is given twice" }
            configurationFile = value
            return nil
        }
        let pair = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard pair.count == 2, !pair[0].isEmpty else { return "--set takes KEY=VALUE" }
        overrides.append(SettingOverride(key: pair[0], value: pair[1], flag: "--set"))
        return nil
    }
}
