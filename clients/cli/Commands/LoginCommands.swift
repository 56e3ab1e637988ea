import Foundation
import Glibc

/// `login`, `logout` and `profiles`: the hubs a person works with.
enum LoginCommands {
    static let login = Command(
        name: "login", summary: "store a hub's address and API key as a profile",
        discussion: [
            "The key is read from --key, HUBCTL_KEY, standard input if it is no terminal, or else asked for without "
                + "being shown. It is stored in $XDG_CONFIG_HOME/presence-hub/profiles.json (or under ~/.config), "
                + "which only you may read, and tried at the hub first unless --offline is given."
        ],
        options: [Option("offline", "store it without asking the hub whether the key is good")],
        run: { invocation in
            let arguments = invocation.arguments
            let store = ProfileStore(environment: invocation.environment)
            var profiles = try store.load()
            let name = arguments.text("profile") ?? "default"
            guard Profiles.isName(name) else {
                throw CommandFailure.usage("a profile's name has 1 to 50 letters, digits, '.', '-' and '_'")
            }
            guard
                let address = arguments.text("url") ?? invocation.environment["HUBCTL_URL"]
                    ?? profiles.profiles[name]?.url
            else { throw CommandFailure.usage("--url URL is missing") }
            let url = try HubURL(address)
            let key = try ConnectionOptions.checked(
                try arguments.text("key") ?? invocation.environment["HUBCTL_KEY"] ?? askForKey(of: url))
            let target = HubTarget(url: url, key: key, caFile: arguments.text("ca-file"))
            if !arguments.has("offline") { try HubAPI(target: target).checkKey() }
            profiles.log(in: name, Profiles.Profile(url: url.http, key: key, caFile: target.caFile))
            try store.save(profiles)
            Output.line("profile '\(name)' is stored: \(url.http)")
            return .ok
        })

    static let logout = Command(
        name: "logout", summary: "forget a profile",
        options: [Option("profile", .value("NAME"), "the profile; the current one if not given")], connects: false,
        run: { invocation in
            let store = ProfileStore(environment: invocation.environment)
            var profiles = try store.load()
            guard let name = invocation.arguments.text("profile") ?? profiles.current, profiles.log(out: name) else {
                throw CommandFailure.usage("there is no such profile; 'hubctl profiles' lists them")
            }
            try store.save(profiles)
            Output.line("profile '\(name)' is forgotten")
            return .ok
        })

    static let profiles = Command(
        name: "profiles", summary: "list the profiles",
        options: [Option("json", "print JSON")], connects: false,
        run: { invocation in
            let stored = try ProfileStore(environment: invocation.environment).load()
            let names = stored.profiles.keys.sorted()
            if invocation.arguments.has("json") {
                let list = names.map { name in
                    JSONText.object([
                        ("name", .string(name)), ("url", .string(stored.profiles[name]?.url ?? "")),
                    ])
                }
                let current = JSONText.optional(stored.current.map(JSONText.string))
                Output.line(JSONText.object([("current", current), ("profiles", .array(list))]).text)
                return .ok
            }
            for name in names {
                Output.line("\(name == stored.current ? "*" : " ") \(name)  \(stored.profiles[name]?.url ?? "")")
            }
            if names.isEmpty { Output.note("no profiles; 'hubctl login --url URL' makes one") }
            return .ok
        })

    /// The key from standard input: all of a pipe's first line, or asked for on a terminal without echo.
    private static func askForKey(of url: HubURL) throws(CommandFailure) -> String {
        guard isatty(STDIN_FILENO) == 1 else { return firstLine() }
        Output.prompt("API key of \(url.http): ")
        var before = termios()
        unsafe tcgetattr(STDIN_FILENO, &before)
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            Output.prompt("\n")
        }
        return firstLine()
    }

    private static func firstLine() -> String {
        (readLine(strippingNewline: true) ?? "").trimmingCharacters(in: .whitespaces)
    }
}
