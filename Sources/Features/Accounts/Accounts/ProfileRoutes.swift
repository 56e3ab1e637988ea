internal import Configuration
internal import FeatureKit
internal import HTTP
internal import Model
internal import Passwords
internal import Telemetry
internal import Wire

extension AccountsFeature {
    func addProfileRoutes(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/auth/me", operationID: "getAccount", summary: "Your account", tag: AccountsFeature.tag,
                callers: .user, responses: [RouteResponse(.ok, "The account", .reference("Account"))],
                errors: [.tokenExpired, .tokenInvalid, .serviceUnavailable], handler: .later { try await me($0) }))
        registry.add(
            Route(
                .patch, "/api/v1/auth/me", operationID: "changeAccount", summary: "Change your names",
                tag: AccountsFeature.tag, callers: .user,
                content: RequestContent(
                    .object([
                        .optional("displayName", AccountSchemas.displayName),
                        .optional("username", AccountSchemas.username),
                    ])),
                responses: [RouteResponse(.ok, "The account", .reference("Account"))],
                errors: [.duplicateUsername, .tokenInvalid, .serviceUnavailable],
                handler: .later { try await changeMe($0) }))
        registry.add(
            Route(
                .post, "/api/v1/auth/change-password", operationID: "changePassword", summary: "Change your password",
                description: """
                    All other sign-ins end at once: their tokens are refused, their streams close with 1008. This one \
                    stays, and so do its streams; its access token has to be refreshed, as every token from before. Who \
                    has signed in with a provider and has no password chooses a first one within five minutes.
                    """,
                tag: AccountsFeature.tag, callers: .user,
                content: RequestContent(
                    .object([
                        .optional("currentPassword", .string(), "Unless there is none yet"),
                        .required("newPassword", AccountSchemas.password),
                    ]), example: AccountSchemas.changeExample),
                responses: [RouteResponse(.noContent, "It is changed")],
                errors: [.invalidCredentials, .forbidden, .serviceUnavailable],
                handler: .later { try await changePassword($0) }))
    }

    /// Who sent a request to a route of users.
    func signedIn(_ request: RouteRequest) throws(Problem) -> SignedInUser {
        guard let user = request.principal.user else { throw .unauthorized(for: .user) }
        return user
    }

    /// The account of whoever sent a request.
    func account(of request: RouteRequest) async throws(Problem) -> Account {
        let user = try signedIn(request)
        let account = try await request.askingAccounts { () throws(AccountStoreError) in
            try await accounts.account(user.id)
        }
        // It was deleted a moment ago.
        guard let account else { throw .tokenInvalid }
        return account
    }

    private func me(_ request: RouteRequest) async throws -> HTTPResponse {
        let account = try await account(of: request)
        return try await describe(account, for: request)
    }

    private func describe(_ account: Account, for request: RouteRequest) async throws(Problem) -> HTTPResponse {
        let hasSecondFactor = try await hasSecondFactor(account, for: request)
        return .json(
            JSONWriter.bytes { json in
                json.object { $0.members(of: account, hasSecondFactor: hasSecondFactor) }
            })
    }

    private func changeMe(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try signedIn(request)
        var body = try BodyReader(request)
        let displayName = body.displayName("displayName")
        let username = body.username("username", required: false)
        try body.finish()
        let now = services.clock.now
        let isKnown = try await request.askingAccounts { () throws(AccountStoreError) in
            try await accounts.changeProfile(
                of: user.id, displayName: displayName?.text, username: username.map { ($0.text, $0.key) }, at: now)
        }
        guard isKnown else { throw Problem.tokenInvalid }
        services.people.publish(.profileChanged(user.id))
        return try await me(request)
    }

    private func changePassword(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try signedIn(request)
        let known = try await account(of: request)
        var body = try BodyReader(request)
        let current = body.text("currentPassword", required: known.passwordHash != nil)
        let new = body.newPassword("newPassword", of: [known.email, known.username, known.displayName])
        try body.finish()
        guard let new else { throw Problem.internal }
        let account: Account
        if let current {
            account = try await passwordChecked(current, for: request)
        } else {
            try await requirePresence(nil, for: request)
            account = known
        }
        let now = services.clock.now
        let hash = try await check.hash(new)
        let ended = try await request.askingAccounts { () throws(AccountStoreError) in
            try await accounts.changePassword(
                of: user.id, version: account.tokenVersion, to: hash, keeping: user.signIn, at: now)
        }
        // Another change was quicker, and the password it was compared with is no more.
        guard let ended else { throw PasswordCheck.invalid }
        await endings.passwordChanged(of: user.id, ending: ended)
        request.logger.info("password changed", ["user": .string(user.id.description)])
        await tell(.passwordChanged, user.id, for: request)
        return HTTPResponse(.noContent)
    }
}
