/// A command and what it was called with, all of it as the table has it.
package struct CommandInvocation: Equatable, Sendable {
    /// The command's name in the table: `keys create`.
    package let command: String
    private let values: [String: String]
    private let flags: Set<String>
    /// As many as the command names, and as it allows beyond.
    package let operands: [String]
    /// `--config`; nothing if it was not given.
    package let configurationFile: String?
    /// Settings in the order they were given.
    package let overrides: [SettingOverride]

    init(
        command: String, values: [String: String] = [:], flags: Set<String> = [], operands: [String] = [],
        configurationFile: String? = nil, overrides: [SettingOverride] = []
    ) {
        self.command = command
        self.values = values
        self.flags = flags
        self.operands = operands
        self.configurationFile = configurationFile
        self.overrides = overrides
    }

    /// The value of an option; never nothing for a required one.
    package func value(_ option: String) -> String? { values[option] }

    package func has(_ flag: String) -> Bool { flags.contains(flag) }

    /// The configuration that the command was called with.
    package func loadConfiguration(environment: [String: String]) throws(ConfigurationError) -> LoadedConfiguration {
        try LoadedConfiguration(file: configurationFile, environment: environment, overrides: overrides)
    }
}
