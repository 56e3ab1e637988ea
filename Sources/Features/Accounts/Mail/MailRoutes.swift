internal import Configuration
internal import FeatureKit
internal import HTTP
internal import Jobs
internal import Model
internal import Passwords
internal import Persistence
internal import Telemetry
internal import Wire

extension AccountsFeature {
    /// Of asking for a mail, by network.
    static let mailPolicy = "mail"
    /// Of bringing a mail's token, by network.
    static let mailTokenPolicy = "mail_token"

    func addMailRoutes(to registry: Registry) {
        registry.define("ForgottenPassword", .object([.required("email", .string(format: "email"))]))
        registry.define(
            "PasswordReset",
            .object([
                .required("token", .string(), "From the mail"), .required("newPassword", AccountSchemas.password),
            ]))
        registry.define("MailToken", .object([.required("token", .string(), "From the mail")]))
        registry.define("MailSent", .object([.required("message", .string())]))
        registry.add(
            Route(
                .post, "/api/v1/auth/forgot-password", operationID: "forgotPassword",
                summary: "Ask for a mail by which to choose a new password",
                description: """
                    The answer is the same, after the same time, whether there is such an account or not. The mail's token \
                    works once, for one hour, and until the password changes. One account gets \
                    \(MailOffice.mailsPerHour) mails an hour.
                    """,
                tag: AccountsFeature.tag, callers: .anyone, ratePolicies: [AccountsFeature.mailPolicy],
                content: RequestContent(.reference("ForgottenPassword")),
                responses: [RouteResponse(.accepted, "Perhaps a mail is sent", .reference("MailSent"))],
                errors: [.notImplemented, .serviceUnavailable], handler: .later { try await forgotPassword($0) }))
        registry.add(
            Route(
                .post, "/api/v1/auth/reset-password", operationID: "resetPassword",
                summary: "Choose a new password with a mail's token",
                description: """
                    Every sign-in of the account ends at once, its streams with 1008, and all such tokens of the account \
                    are void. A token that is too old is `token_expired`, any other that does not work `token_invalid`.
                    """,
                tag: AccountsFeature.tag, callers: .anyone, ratePolicies: [AccountsFeature.mailTokenPolicy],
                content: RequestContent(.reference("PasswordReset")),
                responses: [RouteResponse(.noContent, "It is the password now")],
                errors: [.tokenInvalid, .tokenExpired, .notImplemented, .serviceUnavailable],
                handler: .later { try await resetPassword($0) }))
        registry.add(
            Route(
                .post, "/api/v1/auth/verify-email", operationID: "verifyEmail",
                summary: "Confirm an address with a mail's token",
                description: "The token works once, for one day, and for the address it was sent to alone.",
                tag: AccountsFeature.tag, callers: .anyone, ratePolicies: [AccountsFeature.mailTokenPolicy],
                content: RequestContent(.reference("MailToken")),
                responses: [RouteResponse(.noContent, "The address is confirmed")],
                errors: [.tokenInvalid, .tokenExpired, .notImplemented, .serviceUnavailable],
                handler: .later { try await verifyEmail($0) }))
        registry.add(
            Route(
                .post, "/api/v1/auth/verify-email/resend", operationID: "resendVerification",
                summary: "Have the mail sent again that confirms one's address",
                description: "An address that is confirmed already gets none, which the answer does not tell.",
                tag: AccountsFeature.tag, callers: .user,
                responses: [RouteResponse(.accepted, "Perhaps a mail is sent", .reference("MailSent"))],
                errors: [.notImplemented, .serviceUnavailable], handler: .later { try await resendVerification($0) }))
    }

    // MARK: Passwords

    private func forgotPassword(_ request: RouteRequest) async throws -> HTTPResponse {
        try requireMail("Password reset via email is not yet available. Please contact support.")
        var body = try BodyReader(request)
        let email = body.emailAddress("email")
        try body.finish()
        guard let email else { throw Problem.internal }
        // Nobody's job is added for an address without an account: what is done and committed is the same.
        let user = try await request.askingAccounts { () throws(AccountStoreError) in
            try await accounts.account(.email(key: email.key))?.id
        }
        let now = services.clock.now
        try await add(.resetPassword, to: user ?? UserID(.version7(at: now)), for: request)
        return AccountsFeature.mailSent("Password reset email sent")
    }

    private func resetPassword(_ request: RouteRequest) async throws -> HTTPResponse {
        try requireMail("Password reset via email is not yet available. Please contact support.")
        var body = try BodyReader(request)
        let text = body.text("token", required: true)
        _ = body.newPassword("newPassword", of: [])
        try body.finish()
        guard let text else { throw Problem.internal }
        guard let token = MailToken(text) else { throw AccountsFeature.badToken }
        let now = services.clock.now
        // A token that is none costs no hash.
        let found = try await asking(MailStatements.look.with(token.hash, now), for: request)
        guard found.rowCount == 1 else { throw AccountsFeature.badToken }
        guard found[0].text(0) == "good" else { throw AccountsFeature.oldToken }
        // Now it is known whose address and names it must not be.
        var again = try BodyReader(request)
        let password = again.newPassword("newPassword", of: (1...3).map { found[0].text($0) })
        try again.finish()
        guard let password else { throw Problem.internal }
        let hash = try await check.hash(password)
        let result = try await asking(MailStatements.reset.with(token.hash, hash, now), for: request)
        switch result[0].text(0) {
        case "reset": break
        case "expired": throw AccountsFeature.oldToken
        default: throw AccountsFeature.badToken
        }
        guard let user = result[0].uniqueID(1).map({ UserID($0) }) else { throw Problem.internal }
        await endings.endAll(of: user, SignInID.list(result[0].text(2)))
        request.logger.info("password reset", ["user": .string(user.description)])
        await tell(.passwordChanged, user, for: request)
        return HTTPResponse(.noContent)
    }

    /// Has somebody told of what was done to their account. That they cannot be is no reason to say that it was not.
    ///
    /// - Parameter purpose: One without a token.
    func tell(_ purpose: MailPurpose, _ user: UserID, for request: RouteRequest) async {
        guard let job = mail.notice(purpose, of: user) else { return }
        do throws(PostgresError) {
            try await services.jobs?.enqueue(job)
        } catch {
            request.logger.warning(
                "nobody is told by mail", ["mail": .string(purpose.rawValue), "reason": .string(error.description)])
        }
    }

    // MARK: Addresses

    private func verifyEmail(_ request: RouteRequest) async throws -> HTTPResponse {
        try requireMail("Email verification is not available on this hub.")
        var body = try BodyReader(request)
        let text = body.text("token", required: true)
        try body.finish()
        guard let text, let token = MailToken(text) else { throw AccountsFeature.badToken }
        let result = try await asking(MailStatements.verify.with(token.hash, services.clock.now), for: request)
        switch result[0].text(0) {
        case "verified": return HTTPResponse(.noContent)
        case "expired": throw AccountsFeature.oldToken
        default: throw AccountsFeature.badToken
        }
    }

    private func resendVerification(_ request: RouteRequest) async throws -> HTTPResponse {
        try requireMail("Email verification is not available on this hub.")
        guard let user = request.principal.user else { throw Problem.forbidden }
        try await add(.verifyEmail, to: user.id, for: request)
        return AccountsFeature.mailSent("Verification email sent")
    }

    /// Has a new account's address confirmed. That it cannot be asked for now is no reason to have no account: it can be
    /// asked for again.
    func askForVerification(of user: UserID, for request: RouteRequest) async {
        guard let job = mail.verification(of: user) else { return }
        do throws(PostgresError) {
            try await services.jobs?.enqueue(job)
        } catch {
            request.logger.warning("no verification is sent", ["reason": .string(error.description)])
        }
    }

    /// - Throws: 403 where only those may sign in whose address is confirmed, and this one's is not; another mail is sent.
    func requireVerifiedEmail(of account: Account, for request: RouteRequest) async throws(Problem) {
        guard limits.requiresVerifiedEmail, !account.isEmailVerified else { return }
        await askForVerification(of: account.id, for: request)
        throw Problem(.forbidden, "The e-mail address has to be confirmed first; a mail says how")
    }

    // MARK: What they share

    /// - Throws: 501 on a hub without a mail server.
    private func requireMail(_ message: String) throws(Problem) {
        guard mail.office != nil, services.jobs != nil else { throw Problem(.notImplemented, message) }
    }

    private func add(_ purpose: MailPurpose, to user: UserID, for request: RouteRequest) async throws(Problem) {
        _ = try await request.asking { () throws(DeviceStoreError) in
            do throws(PostgresError) {
                try await services.jobs?.enqueue(MailOrder.job(purpose, to: user, at: services.clock.now))
            } catch {
                throw DeviceStoreError(error)
            }
        }
    }

    private func asking(_ query: PostgresQuery, for request: RouteRequest) async throws(Problem) -> PostgresResult {
        try await request.asking { () throws(DeviceStoreError) in
            do throws(PostgresError) {
                return try await core.database.retryingQuery(query)
            } catch {
                throw DeviceStoreError(error)
            }
        }
    }

    private static func mailSent(_ message: String) -> HTTPResponse {
        .json(JSONWriter.bytes { $0.object { $0.member("message", message) } }, status: .accepted)
    }

    /// 400, not the 401 of access tokens: other credentials do not help.
    static let badToken = Problem(.tokenInvalid, "The token is of no mail, or was used", status: .badRequest)
    static let oldToken = Problem(.tokenExpired, "The token is too old; ask for another mail", status: .badRequest)
}
