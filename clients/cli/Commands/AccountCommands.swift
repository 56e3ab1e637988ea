import Foundation
import Glibc
import Wire

/// Accounts of people: making one, signing in and out, and who one is.
enum AccountCommands {
    /// What `hubctl register` and `hubctl login` say of passwords.
    static let aboutPasswords =
        "The password is read from HUBCTL_PASSWORD, standard input if it is no terminal, or else asked for without being "
        + "shown; it is never an argument, which other users of the machine could see. The tokens are stored in "
        + "$XDG_CONFIG_HOME/presence-hub/profiles.json (or under ~/.config), which only you may read, and renewed by "
        + "themselves."

    static let whoami = Command(
        name: "whoami", summary: "show who is signed in", options: [PersonCommands.json],
        run: { invocation in
            let me = try invocation.person().call(.get, "/api/v1/auth/me")
            let name = "\(me["displayName"]?.string ?? "") (@\(me["username"]?.string ?? ""))"
            let mail = me["email"]?.string ?? ""
            let verified = me["emailVerified"]?.boolean == true ? "" : ", not verified"
            let second = me["hasTotp"]?.boolean == true ? ", with a second factor" : ""
            return PersonCommands.answer(
                me, invocation, PlainText.line("\(name), \(mail)\(verified)\(second), \(me["id"]?.string ?? "")"))
        })

    /// Makes an account and signs in.
    static func register(_ invocation: Invocation) throws(CommandFailure) -> ExitCode {
        let arguments = invocation.arguments
        guard let email = arguments.text("email"), let username = arguments.text("username") else {
            throw .usage("an account needs --email and --username")
        }
        let place = try place(invocation)
        let password = try SecretPrompt.password(
            "Password for the new account", variable: "HUBCTL_PASSWORD", environment: invocation.environment,
            isNew: true)
        var members: [(String, JSONText)] = [
            ("email", .string(email)), ("username", .string(username)), ("password", .string(password)),
        ]
        if let name = arguments.text("name") { members.append(("displayName", .string(name))) }
        if let code = arguments.text("code") { members.append(("invitationCode", .string(code))) }
        members.append(("device", device))
        let answer = try PersonAPI(target: place.target, patience: 0).call(
            .post, "/api/v1/auth/register", .object(members))
        return try store(answer, at: place, invocation, "registered as")
    }

    /// Signs in with a password and, where the account has one, a second factor.
    static func login(_ invocation: Invocation) throws(CommandFailure) -> ExitCode {
        let arguments = invocation.arguments
        let place = try place(invocation)
        guard arguments.text("key") == nil else { throw .usage("--key and a person exclude each other") }
        let password = try SecretPrompt.password(
            "Password", variable: "HUBCTL_PASSWORD", environment: invocation.environment)
        var members: [(String, JSONText)] = [("password", .string(password))]
        if let email = arguments.text("email") { members.append(("email", .string(email))) }
        if let username = arguments.text("username") { members.append(("username", .string(username))) }
        members.append(("device", device))
        let code = arguments.text("totp") ?? invocation.environment["HUBCTL_TOTP"]
        if let code { members.append(("totp", .string(code))) }
        var response = try send(members, place.target)
        if code == nil, response.refusal?.error == "second_factor_required" {
            let asked = try SecretPrompt.ask("Code of the second factor, or a recovery code")
            guard !asked.isEmpty else {
                throw CommandFailure(
                    .refused, "the account has a second factor; give its code by --totp or HUBCTL_TOTP")
            }
            members.append(("totp", .string(asked)))
            response = try send(members, place.target)
        }
        if let refusal = response.refusal { throw refusal.failure }
        return try store(PersonAPI.value(response.body), at: place, invocation, "signed in as")
    }

    /// What `hubctl sessions` calls this sign-in on other devices.
    private static var device: JSONText {
        .object([
            ("deviceName", .string("hubctl on \(PlainText.line(String(ProcessInfo.processInfo.hostName.prefix(40))))")),
            ("platform", .string("hubctl")), ("appVersion", .string(Version.text)),
        ])
    }

    private static func send(
        _ members: [(String, JSONText)], _ target: HubTarget
    ) throws(CommandFailure) -> (body: [UInt8], refusal: HubRefusal?) {
        let request = RESTRequest(.post, "/api/v1/auth/login", json: .object(members))
        switch CurlClient(target: target).send([request])[0] {
        case .unreachable(let reason):
            throw CommandFailure(.unreachable, "cannot reach the hub at \(target.url.http): \(reason)")
        case .answered(let response):
            return (response.body, (200...299).contains(response.status) ? nil : HubRefusal(response))
        }
    }

    /// The profile that will hold the sign-in, and its hub.
    private struct Place {
        var profile: String
        var target: HubTarget
    }

    private static func place(_ invocation: Invocation) throws(CommandFailure) -> Place {
        let (arguments, environment) = (invocation.arguments, invocation.environment)
        let profiles = try ProfileStore(environment: environment).load()
        let name = arguments.text("profile") ?? environment["HUBCTL_PROFILE"] ?? "default"
        guard Profiles.isName(name) else {
            throw .usage("a profile's name has 1 to 50 letters, digits, '.', '-' and '_'")
        }
        let known = profiles.profiles[name]
        let address = arguments.text("url") ?? environment["HUBCTL_URL"] ?? known?.url
        let url = try address.map { (text) throws(CommandFailure) in try HubURL(text) } ?? .standard
        let caFile = arguments.text("ca-file") ?? known?.caFile
        return Place(profile: name, target: HubTarget(url: url, key: "", caFile: caFile))
    }

    private static func store(
        _ answer: JSONValue, at place: Place, _ invocation: Invocation, _ words: String
    ) throws(CommandFailure) -> ExitCode {
        guard let signIn = SignIn(answer, at: WallClock.now) else {
            throw CommandFailure(.fault, "the hub's answer could not be understood")
        }
        let profile = Profiles.Profile(
            url: place.target.url.http, key: "", caFile: place.target.caFile, signIn: signIn)
        try ProfileStore(environment: invocation.environment).update { $0.log(in: place.profile, profile) }
        let user = answer["user"] ?? .null
        return PersonCommands.answer(
            user, invocation,
            PlainText.line("\(words) @\(signIn.username) at \(place.target.url.http), profile '\(place.profile)'"))
    }

    /// Ends a person's sign-in at the hub; one that it does not know any more has ended already.
    static func endSignIn(
        _ profile: Profiles.Profile, _ name: String, _ store: ProfileStore
    ) throws(CommandFailure) {
        let keeper = TokenKeeper(store: store, profile: name, url: try HubURL(profile.url), caFile: profile.caFile)
        do throws(CommandFailure) {
            _ = try PersonAPI(target: HubTarget(keeper: keeper)).bytes(.post, "/api/v1/auth/logout")
        } catch {
            guard error.code == .refused else { throw error }
        }
    }
}
