/// One row of a program's table of commands.
package struct Command: Equatable, Sendable {
    /// The words that call it: `keys create`.
    package let name: String
    /// One line, without a full stop, for the list of commands.
    package let summary: String
    /// More, for the command's own help; may be empty.
    package let discussion: String
    /// Names of what follows the options, all of them required.
    package let operands: [String]
    /// Names of what may follow these.
    package let optionalOperands: [String]
    package let options: [CommandOption]
    /// Whether it takes `--config`, `--set` and a flag for each setting.
    package let readsConfiguration: Bool

    package init(
        _ name: String, summary: String, discussion: String = "", operands: [String] = [],
        optionalOperands: [String] = [], options: [CommandOption] = [], readsConfiguration: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.operands = operands
        self.optionalOperands = optionalOperands
        self.options = options
        self.readsConfiguration = readsConfiguration
    }

    var words: [String] { name.split(separator: " ").map(String.init) }
}
