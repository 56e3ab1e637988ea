/// A `--name` that a command takes.
package struct CommandOption: Equatable, Sendable {
    /// Without the dashes: `name`.
    package let name: String
    /// What stands for the value in the help, such as `NAME`; nothing for a switch, which takes none.
    package let placeholder: String?
    package let isRequired: Bool
    package let help: String

    /// An option with a value.
    package static func value(_ name: String, _ placeholder: String, required: Bool = false, help: String)
        -> CommandOption
    {
        CommandOption(name: name, placeholder: placeholder, isRequired: required, help: help)
    }

    /// An option that is there or not.
    package static func flag(_ name: String, help: String) -> CommandOption {
        CommandOption(name: name, placeholder: nil, isRequired: false, help: help)
    }

    var synopsis: String { "--\(name)" + (placeholder.map { " " + $0 } ?? "") }
}
