/// The options by which every command finds its hub.
enum ConnectionOptions {
    static let all = [
        Option("url", .value("URL"), "the hub's address, such as http://127.0.0.1:8080 (or HUBCTL_URL)"),
        Option(
            "key", .value("KEY"), "the API key; better given by HUBCTL_KEY or a profile, where 'ps' does not show it"),
        Option("profile", .value("NAME"), "the profile of 'hubctl login' to use (or HUBCTL_PROFILE)"),
        Option("ca-file", .value("FILE"), "trust the certificates in this PEM file instead of the system's"),
    ]

    /// The hub and the key to use: options before the environment before the profile.
    ///
    /// A profile's key and tokens are sent to that profile's hub only; with another `--url` a key has to be given too.
    /// A person's access token is renewed first if it is old, for which the hub is asked.
    static func target(
        arguments: Arguments, environment: [String: String], profiles store: ProfileStore
    ) throws(CommandFailure) -> HubTarget {
        let (url, profile) = try location(arguments: arguments, environment: environment, profiles: store)
        let caFile = arguments.text("ca-file") ?? profile?.caFile
        if let key = arguments.text("key") ?? environment["HUBCTL_KEY"], !key.isEmpty {
            return HubTarget(url: url, key: try checked(key), caFile: caFile)
        }
        guard let profile, try HubURL(profile.url) == url else {
            throw CommandFailure(
                .refused, "no API key for \(url.http); run 'hubctl login --url \(url.http)' or set HUBCTL_KEY")
        }
        if profile.signIn != nil {
            return try person(arguments: arguments, environment: environment, profiles: store).renewed()
        }
        return HubTarget(url: url, key: try checked(profile.key), caFile: caFile)
    }

    /// The hub at which a person is signed in, for what only people do; keys do not count.
    ///
    /// - Throws: ``ExitCode/refused`` where nobody is.
    static func person(
        arguments: Arguments, environment: [String: String], profiles store: ProfileStore
    ) throws(CommandFailure) -> HubTarget {
        let (url, profile) = try location(arguments: arguments, environment: environment, profiles: store)
        let name = try store.load().name(arguments.text("profile") ?? environment["HUBCTL_PROFILE"])
        guard let name, let profile, profile.signIn != nil, try HubURL(profile.url) == url else {
            throw CommandFailure(
                .refused, "nobody is signed in at \(url.http); run 'hubctl login --email ADDRESS' or 'hubctl register'")
        }
        return HubTarget(
            keeper: TokenKeeper(
                store: store, profile: name, url: url, caFile: arguments.text("ca-file") ?? profile.caFile))
    }

    /// Only the address, for what needs no key.
    static func location(
        arguments: Arguments, environment: [String: String], profiles store: ProfileStore
    ) throws(CommandFailure) -> (url: HubURL, profile: Profiles.Profile?) {
        let profiles = try store.load()
        let named = arguments.text("profile") ?? environment["HUBCTL_PROFILE"]
        if let named, profiles.profiles[named] == nil {
            throw .usage("there is no profile '\(named)'; 'hubctl profiles' lists them")
        }
        let profile = (named ?? profiles.current).flatMap { profiles.profiles[$0] }
        if let given = arguments.text("url") ?? environment["HUBCTL_URL"], !given.isEmpty {
            return (try HubURL(given), profile)
        }
        guard let profile else { return (.standard, nil) }
        return (try HubURL(profile.url), profile)
    }

    /// A key goes into a header line, so it is printable ASCII and nothing else.
    static func checked(_ key: String) throws(CommandFailure) -> String {
        guard !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .usage("the API key must be printable characters without spaces")
        }
        return key
    }
}
