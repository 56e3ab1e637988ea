import Wire

/// What guards an account: its sign-ins, its password and its second factor.
enum SignInCommands {
    static let all = [sessions, endSessions, changePassword, forgot, reset, verify, enable, disable, codes]

    static let sessions = Command(
        name: "sessions", summary: "list where you are signed in", options: [PersonCommands.json],
        run: { invocation in
            let entries = try invocation.person().list("/api/v1/auth/sessions", "sessions")
            return PersonCommands.list(
                entries, "sessions", invocation, columns: ["DEVICE", "LAST USED", "ADDRESS", "THIS ONE", "ID"]
            ) { entry in
                [
                    entry["deviceName"]?.string ?? entry["userAgent"]?.string ?? "", entry["lastUsedAt"]?.string ?? "",
                    entry["clientAddress"]?.string ?? "", entry["current"]?.boolean == true ? "yes" : "",
                    entry["id"]?.string ?? "",
                ]
            }
        })

    static let endSessions = Command(
        name: "sessions end", summary: "end a sign-in, or all others",
        operands: [Operand("SESSION", required: false, "the sign-in's id, as 'hubctl sessions' lists it")],
        options: [Option("others", "end all but this one"), PersonCommands.json],
        run: { invocation in
            let others = invocation.arguments.has("others")
            if invocation.arguments.operands.isEmpty, !others {
                throw CommandFailure.usage("SESSION or --others is missing")
            }
            let api = try invocation.person()
            guard let id = invocation.arguments.operands.first else {
                let answer = try api.call(.delete, "/api/v1/auth/sessions")
                return PersonCommands.answer(answer, invocation, "\(answer["ended"]?.integer ?? 0) sign-ins have ended")
            }
            guard !others else { throw CommandFailure.usage("SESSION and --others exclude each other") }
            _ = try api.bytes(.delete, "/api/v1/auth/sessions/\(PersonAPI.escaped(id))")
            return PersonCommands.answer(.null, invocation, "\(PlainText.line(id)) has ended")
        })

    // MARK: The password

    static let changePassword = Command(
        name: "password change", summary: "change your password",
        discussion: [
            "All other sign-ins end. The passwords are read from HUBCTL_PASSWORD and HUBCTL_NEW_PASSWORD, from two lines of "
                + "standard input, or asked for without being shown."
        ],
        run: { invocation in
            let api = try invocation.person()
            let old = try SecretPrompt.password(
                "Your password", variable: "HUBCTL_PASSWORD", environment: invocation.environment)
            let new = try newPassword(invocation)
            _ = try api.bytes(
                .post, "/api/v1/auth/change-password",
                .object([("currentPassword", .string(old)), ("newPassword", .string(new))]))
            Output.line("the password is changed; all other sign-ins have ended")
            return .ok
        })

    static let forgot = Command(
        name: "password forgot", summary: "have a token to set a new password sent by e-mail",
        options: [Option("email", .value("ADDRESS"), required: true, "the account's address")],
        run: { invocation in
            let email = try invocation.arguments.required("email")
            let answer = try nobody(invocation).call(
                .post, "/api/v1/auth/forgot-password", .object([("email", .string(email))]))
            Output.line(PlainText.line(answer["message"]?.string ?? "if the account exists, a message is on its way"))
            return .ok
        })

    static let reset = Command(
        name: "password reset", summary: "set a new password with the token from the e-mail",
        discussion: [
            "The token is read from HUBCTL_RESET_TOKEN or asked for, the new password from HUBCTL_NEW_PASSWORD or asked for; "
                + "from standard input they are two lines."
        ],
        run: { invocation in
            let api = try nobody(invocation)
            let token = try SecretPrompt.password(
                "Token from the e-mail", variable: "HUBCTL_RESET_TOKEN", environment: invocation.environment)
            let new = try newPassword(invocation)
            _ = try api.bytes(
                .post, "/api/v1/auth/reset-password",
                .object([("token", .string(token)), ("newPassword", .string(new))]))
            Output.line("the password is set; run 'hubctl login'")
            return .ok
        })

    static let verify = Command(
        name: "verify-email", summary: "prove your address with the token from the e-mail, or have it sent again",
        discussion: ["The token is read from HUBCTL_VERIFY_TOKEN or asked for."],
        options: [Option("resend", "have another e-mail sent")],
        run: { invocation in
            if invocation.arguments.has("resend") {
                _ = try invocation.person().bytes(.post, "/api/v1/auth/verify-email/resend")
                Output.line("a message is on its way")
                return .ok
            }
            let api = try nobody(invocation)
            let token = try SecretPrompt.password(
                "Token from the e-mail", variable: "HUBCTL_VERIFY_TOKEN", environment: invocation.environment)
            _ = try api.bytes(.post, "/api/v1/auth/verify-email", .object([("token", .string(token))]))
            Output.line("the address is verified")
            return .ok
        })

    private static func newPassword(_ invocation: Invocation) throws(CommandFailure) -> String {
        try SecretPrompt.password(
            "New password", variable: "HUBCTL_NEW_PASSWORD", environment: invocation.environment, isNew: true)
    }

    /// The interface for somebody who is not signed in.
    private static func nobody(_ invocation: Invocation) throws(CommandFailure) -> PersonAPI {
        let location = try ConnectionOptions.location(
            arguments: invocation.arguments, environment: invocation.environment,
            profiles: ProfileStore(environment: invocation.environment))
        let caFile = invocation.arguments.text("ca-file") ?? location.profile?.caFile
        return PersonAPI(target: HubTarget(url: location.url, key: "", caFile: caFile), patience: 0)
    }

    // MARK: The second factor

    static let enable = Command(
        name: "totp enable", summary: "add a second factor: codes of an authenticator app",
        discussion: [
            "Shows the secret and an otpauth address for the app, then asks for a code to see that it works. The recovery "
                + "codes are shown once: each replaces a code once. Needs your password (HUBCTL_PASSWORD or asked for)."
        ],
        options: [
            Option("begin", "only print the secret and the recovery codes, as JSON; --code confirms it later"),
            Option("code", .value("CODE"), "confirm what --begin began"),
        ],
        run: { invocation in
            let api = try invocation.person()
            if let code = invocation.arguments.text("code") { return try confirm(code, api) }
            let password = try password(invocation)
            let answer = try api.call(.post, "/api/v1/auth/totp", .object([("password", .string(password))]))
            if invocation.arguments.has("begin") {
                Output.line(JSONText(answer).text)
                return .ok
            }
            for line in SecondFactorText.lines(answer) { Output.line(line) }
            return try confirm(try SecretPrompt.ask("Code the app shows"), api)
        })

    static let disable = Command(
        name: "totp disable", summary: "remove the second factor",
        discussion: ["Needs your password (HUBCTL_PASSWORD or asked for) and a code (HUBCTL_TOTP or asked for)."],
        run: { invocation in
            let api = try invocation.person()
            let password = try password(invocation)
            let code = try SecretPrompt.password("Code", variable: "HUBCTL_TOTP", environment: invocation.environment)
            _ = try api.bytes(
                .delete, "/api/v1/auth/totp", .object([("password", .string(password)), ("code", .string(code))]))
            Output.line("the second factor is removed")
            return .ok
        })

    static let codes = Command(
        name: "totp codes", summary: "make new recovery codes; the old ones end",
        discussion: ["Needs your password (HUBCTL_PASSWORD or asked for) and a code (HUBCTL_TOTP or asked for)."],
        options: [PersonCommands.json],
        run: { invocation in
            let api = try invocation.person()
            let password = try password(invocation)
            let code = try SecretPrompt.password("Code", variable: "HUBCTL_TOTP", environment: invocation.environment)
            let answer = try api.call(
                .post, "/api/v1/auth/totp/recovery-codes",
                .object([("password", .string(password)), ("code", .string(code))]))
            return PersonCommands.answer(answer, invocation, SecondFactorText.codes(answer).joined(separator: "\n"))
        })

    private static func password(_ invocation: Invocation) throws(CommandFailure) -> String {
        try SecretPrompt.password("Your password", variable: "HUBCTL_PASSWORD", environment: invocation.environment)
    }

    private static func confirm(_ code: String, _ api: PersonAPI) throws(CommandFailure) -> ExitCode {
        _ = try api.bytes(.post, "/api/v1/auth/totp/confirm", .object([("code", .string(code))]))
        Output.line("the second factor is on")
        return .ok
    }
}
