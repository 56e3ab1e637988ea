/// A setting given on the command line.
package struct SettingOverride: Equatable, Sendable {
    /// `server.port`.
    package var key: String
    package var value: String
    /// How it was written, for errors: `--server-port` or `--set`.
    package var flag: String

    package init(key: String, value: String, flag: String) {
        self.key = key
        self.value = value
        self.flag = flag
    }
}
