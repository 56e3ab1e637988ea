/// A configuration that is sound, and where each of its values came from.
package struct LoadedConfiguration: Sendable {
    package private(set) var values = HubConfiguration()
    private var sources: [SettingKey: SettingSource] = [:]

    /// Lays file, environment and overrides over the defaults, each over the ones before it.
    ///
    /// - Parameters:
    ///   - file: TOML; no file is read unless one is named.
    ///   - environment: Of which only names that begin with `HUB__` or `PM__` matter; the first wins.
    ///   - overrides: From the command line, the last of a key wins.
    /// - Throws: Every problem there is, not only the first.
    package init(
        file: String?, environment: [String: String], overrides: [SettingOverride] = []
    ) throws(ConfigurationError) {
        var problems: [ConfigurationProblem] = []
        if let file {
            do throws(ConfigurationProblem) {
                for (path, value) in try TOMLFile(path: file).leaves {
                    apply(value, toKeyNamed: path, .file(file), &problems)
                }
            } catch {
                problems.append(error)
            }
        }
        for prefix in ["PM__", "HUB__"] {
            for (variable, value) in environment.sorted(by: { $0.key < $1.key }) where variable.hasPrefix(prefix) {
                let path = variable.dropFirst(prefix.count).lowercased().replacing("__", with: ".")
                apply(.text(value), toKeyNamed: path, .environment(variable: variable), &problems)
            }
        }
        for override in overrides {
            apply(.text(override.value), toKeyNamed: override.key, .flag(override.flag), &problems)
        }
        problems += conflicts
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    }

    package func source(of key: SettingKey) -> SettingSource { sources[key] ?? .defaults }

    /// The effective configuration as TOML that the hub would read, secrets masked, each value that is not a default
    /// with where it came from.
    package func describe() -> String {
        var text = ""
        var section = ""
        for setting in Setting.all {
            if setting.key.section != section {
                text += "\(text.isEmpty ? "" : "\n")[\(setting.key.section)]\n"
                section = setting.key.section
            }
            text += "\(setting.key.name) = \(setting.show(values))"
            text += sources[setting.key].map { "  # \($0)\n" } ?? "\n"
        }
        return text
    }

    private mutating func apply(
        _ value: RawValue, toKeyNamed name: String, _ source: SettingSource, _ problems: inout [ConfigurationProblem]
    ) {
        guard let setting = LoadedConfiguration.settings[name] else {
            problems.append(.unknownKey(name, source: source))
            return
        }
        if let failure = setting.read(value, &values) {
            let shown = setting.isSecret ? nil : value.shown
            problems.append(.invalidValue(setting.key, value: shown, expected: failure.expected, source: source))
        } else {
            sources[setting.key] = source
        }
    }

    private var conflicts: [ConfigurationProblem] {
        var found: [ConfigurationProblem] = []
        let server = values.server
        if server.tlsCertificate.isEmpty != server.tlsKey.isEmpty {
            let (given, missing) =
                server.tlsKey.isEmpty ? ("tls_certificate", "tls_key") : ("tls_key", "tls_certificate")
            found.append(
                .conflict(SettingKey(section: "server", name: missing), reason: "is needed with server.\(given)"))
        }
        if values.limits.writeBehindHighWater < values.limits.writeBehindRows {
            found.append(
                .conflict(
                    SettingKey(section: "limits", name: "write_behind_high_water"),
                    reason: "must be at least limits.write_behind_rows, which is \(values.limits.writeBehindRows)"))
        }
        if let reason = values.security.policyConflict {
            found.append(.conflict(SettingKey(section: "security", name: "rate_policies"), reason: reason))
        }
        let mail = values.mail
        func needed(_ section: String, _ name: String, with other: String) {
            found.append(.conflict(SettingKey(section: section, name: name), reason: "is needed with \(other)"))
        }
        if mail.isOn, mail.from.isEmpty { needed("mail", "from", with: "mail.smtp_url") }
        if mail.isOn, server.publicURL.isEmpty { needed("server", "public_url", with: "mail.smtp_url") }
        if values.accounts.requiresVerifiedEmail, !mail.isOn {
            needed("mail", "smtp_url", with: "accounts.require_verified_email")
        }
        if mail.username.isEmpty != (mail.password == nil) {
            let isNamed = !mail.username.isEmpty
            needed("mail", isNamed ? "password" : "username", with: isNamed ? "mail.username" : "mail.password")
        }
        return found
    }

    private static let settings = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.key.description, $0) })
}
