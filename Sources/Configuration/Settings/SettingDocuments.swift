/// The documents that list every setting, made from ``Setting/all``.
package enum SettingDocuments {
    /// `config/default.toml`.
    package static var toml: String {
        let defaults = HubConfiguration()
        var text = """
            # Every setting of Presence Hub with its default. The hub has these built in: a file given with
            # `hubd --config FILE` needs only what differs. Environment variables (HUB__SERVER__PORT) outrank
            # the file, flags (--server-port, --set server.port=8080) outrank both.
            # Made from the hub's table of settings: `make documents` writes it anew.

            """
        for (section, settings) in sections {
            text += "\n[\(section)]\n"
            for setting in settings {
                text += lines(of: setting.documentation + " Takes \(setting.kind).")
                text += "\(setting.key.name) = \(setting.show(defaults))\n"
            }
        }
        return text
    }

    /// `.env.example`.
    package static var environment: String {
        let defaults = HubConfiguration()
        var text = """
            # Every setting of Presence Hub as an environment variable, with its default. Copy what you change to
            # .env and load it with `set -a; . ./.env; set +a`, or give it to systemd, Docker or Kubernetes.
            # Lists are separated by commas. The prefix PM__ works as well as HUB__, which wins over it.
            # Made from the hub's table of settings: `make documents` writes it anew.

            """
        for (section, settings) in sections {
            text += "\n# \(section)\n"
            for setting in settings {
                text += lines(of: setting.documentation)
                let value = setting.show(defaults).filter { !"[]\" ".contains($0) }
                text += "#\(setting.key.environmentName)=\(value == "*" ? "'*'" : value)\n"
            }
        }
        return text
    }

    /// The table in `docs/operations.md`.
    package static var markdown: String {
        let defaults = HubConfiguration()
        var text = "| setting | default | takes | meaning |\n| --- | --- | --- | --- |\n"
        for setting in Setting.all {
            text += "| `\(setting.key)` | `\(setting.show(defaults))` | \(setting.kind) | \(setting.documentation) |\n"
        }
        return text
    }

    private static var sections: [(String, [Setting])] {
        var result: [(String, [Setting])] = []
        for setting in Setting.all {
            if result.last?.0 == setting.key.section {
                result[result.count - 1].1.append(setting)
            } else {
                result.append((setting.key.section, [setting]))
            }
        }
        return result
    }

    /// Comment lines of at most 110 columns.
    private static func lines(of text: String) -> String {
        var result = ""
        var line = "#"
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > 110 {
                result += line + "\n"
                line = "#"
            }
            line += " " + word
        }
        return result + line + "\n"
    }
}
