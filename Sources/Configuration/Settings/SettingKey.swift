/// A setting's name in its four spellings.
package struct SettingKey: Hashable, Sendable, CustomStringConvertible {
    package let section: String
    package let name: String

    /// `server.port`: in messages and with `--set`.
    package var description: String { "\(section).\(name)" }

    /// `HUB__SERVER__PORT`.
    package var environmentName: String { "HUB__\(section.uppercased())__\(name.uppercased())" }

    /// `--server-port`.
    package var flag: String { "--" + "\(section)-\(name)".map { $0 == "_" ? "-" : String($0) }.joined() }
}
