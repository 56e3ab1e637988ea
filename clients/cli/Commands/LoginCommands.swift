import Foundation
import Glibc

/// `login`, `logout` and `profiles`: the hubs a person works with.
enum LoginCommands {
    static let login = Command(
        name: "login", summary: "sign in as a person, or store an API key, as a profile",
        discussion: [
            "With --email or --username it signs in as that person. \(AccountCommands.aboutPasswords)",
            "Without them it stores a hub's address and API key. The key is read from --key, HUBCTL_KEY, standard input if it is no terminal, or else asked for without "
                + "being shown. It is stored in $XDG_CONFIG_HOME/presence-hub/profiles.json (or under ~/.config), "
                + "which only you may read, and tried at the hub first unless --offline is given.",
        ],
        options: [
            Option("email", .value("ADDRESS"), "sign in as the person with this address"),
            Option("username", .value("NAME"), "sign in as the person of this name"),
            Option("totp", .value("CODE"), "the code of the second factor, or a recovery code (or HUBCTL_TOTP)"),
            Option("offline", "store the key without asking the hub whether it is good"),
            PersonCommands.json,
        ],
        run: { invocation in
            let arguments = invocation.arguments
            if arguments.text("email") != nil || arguments.text("username") != nil {
                return try AccountCommands.login(invocation)
            }
            let store = ProfileStore(environment: invocation.environment)
            let profiles = try store.load()
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
            try store.update { $0.log(in: name, Profiles.Profile(url: url.http, key: key, caFile: target.caFile)) }
            Output.line("profile '\(name)' is stored: \(url.http)")
            return .ok
        })

    static let logout = Command(
        name: "logout", summary: "end a sign-in and forget its profile",
        discussion: [
            "A person's sign-in ends at the hub too; where the hub cannot be reached the profile stays, but for --offline."
        ],
        options: [
            Option("profile", .value("NAME"), "the profile; the current one if not given"),
            Option("offline", "only forget it: the sign-in stays good until it lapses"),
        ], connects: false,
        run: { invocation in
            let store = ProfileStore(environment: invocation.environment)
            let profiles = try store.load()
            let given = invocation.arguments.text("profile") ?? invocation.environment["HUBCTL_PROFILE"]
            guard let name = profiles.name(given), let profile = profiles.profiles[name] else {
                throw CommandFailure.usage("there is no such profile; 'hubctl profiles' lists them")
            }
            if profile.signIn != nil, !invocation.arguments.has("offline") {
                try AccountCommands.endSignIn(profile, name, store)
            }
            _ = try store.update { $0.log(out: name) }
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
                        ("username", JSONText.optional(stored.profiles[name]?.signIn.map { .string($0.username) })),
                    ])
                }
                let current = JSONText.optional(stored.current.map(JSONText.string))
                Output.line(JSONText.object([("current", current), ("profiles", .array(list))]).text)
                return .ok
            }
            for name in names {
                let person = stored.profiles[name]?.signIn.map { "  @\(PlainText.line($0.username))" } ?? ""
                Output.line(
                    "\(name == stored.current ? "*" : " ") \(name)  \(stored.profiles[name]?.url ?? "")\(person)")
            }
            if names.isEmpty { Output.note("no profiles; 'hubctl login --url URL' makes one") }
            return .ok
        })

    /// The key from standard input: all of a pipe's first line, or asked for on a terminal without echo.
    private static func askForKey(of url: HubURL) throws(CommandFailure) -> String {
        try SecretPrompt.ask("API key of \(url.http)").trimmingCharacters(in: .whitespaces)
    }
}
