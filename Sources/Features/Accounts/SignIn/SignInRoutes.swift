internal import Configuration
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Passwords
internal import Telemetry
internal import Tokens
internal import Wire

extension AccountsFeature {
    static let tag = "Accounts"
    /// Of every try to sign in, by network.
    static let signInPolicy = "sign_in"
    /// Of every try to register, by network.
    static let registerPolicy = "register"
    /// Of every try to refresh, by network.
    static let refreshPolicy = "refresh"

    func addSignInRoutes(to registry: Registry) {
        registry.add(
            Route(
                .post, "/api/v1/auth/register", operationID: "register", summary: "Make an account, and sign in",
                description: """
                    Two spellings of an e-mail address or a name that differ in case or in how Unicode writes the same \
                    letters are one. With the code of an invitation the new account joins its group; where \
                    `accounts.registration` is `invitation`, nobody registers without one.
                    """,
                tag: AccountsFeature.tag, callers: .anyone, ratePolicies: [AccountsFeature.registerPolicy],
                content: RequestContent(.reference("NewAccount")),
                responses: [RouteResponse(.created, "Signed in", .reference("SignedIn"))],
                errors: [.duplicateEmail, .duplicateUsername, .forbidden, .serviceUnavailable],
                handler: .later { try await register($0) }))
        registry.add(
            Route(
                .post, "/api/v1/auth/login", operationID: "login", summary: "Sign in with a password",
                description: """
                    A wrong password and an account that does not exist are answered the same, after the same time. After \
                    \(limits.freeAttempts) failures each further one makes the next wait longer: 429, until `Retry-After`.
                    """,
                tag: AccountsFeature.tag, callers: .anyone, ratePolicies: [AccountsFeature.signInPolicy],
                content: RequestContent(.reference("Login"), example: AccountSchemas.loginExample),
                responses: [RouteResponse(.ok, "Signed in", .reference("SignedIn"))],
                errors: [.invalidCredentials, .secondFactorRequired, .serviceUnavailable],
                handler: .later { try await login($0) }))
        registry.add(
            Route(
                .post, "/api/v1/auth/refresh", operationID: "refreshTokens",
                summary: "Get new tokens for a refresh token",
                description: """
                    A refresh token works once. A client that lost the answer may send it again for \
                    \(PostgresSignInStore.grace.components.seconds) seconds, from the same address with the same \
                    `User-Agent`, and gets the same successor. Any other that comes a second time has been copied: its \
                    sign-in ends, and everybody who has a token of it has to sign in again. A page of the hub's own says \
                    `\(RefreshCookie.field): 1`, here and at `register`, `login`, `logout` and \
                    `providers/{name}/complete`; its refresh token is then in a cookie, which no script sees.
                    """,
                tag: AccountsFeature.tag, callers: .anyone, ratePolicies: [AccountsFeature.refreshPolicy],
                content: RequestContent(.reference("RefreshToken")),
                responses: [RouteResponse(.ok, "New tokens", .reference("SignedIn"))],
                errors: [.tokenInvalid, .serviceUnavailable], handler: .later { try await refresh($0) }))
        registry.add(
            Route(
                .post, "/api/v1/auth/logout", operationID: "logout", summary: "End this sign-in",
                description: """
                    With an access token, or with a refresh token in the body. Its streams close with 1008. A refresh \
                    token that is of nothing ends nothing, which is no error.
                    """,
                tag: AccountsFeature.tag, callers: .anyone,
                content: RequestContent(.reference("OptionalRefreshToken"), required: false),
                responses: [RouteResponse(.noContent, "It has ended")],
                errors: [.unauthorized, .tokenExpired, .tokenInvalid, .serviceUnavailable],
                handler: .later { try await logout($0) }))
    }

    // MARK: Registering

    private func register(_ request: RouteRequest) async throws -> HTTPResponse {
        guard limits.registration != .closed else { throw AccountsFeature.takesNobody }
        var body = try BodyReader(request)
        let email = body.emailAddress("email")
        let username = body.username("username", required: true)
        let displayName = body.displayName("displayName")
        let password = body.newPassword("password", of: [email?.text, username?.text, displayName?.text])
        let device = body.signInDevice()
        let invitation = body.invitationCode()
        try body.finish()
        let cookie = try refreshCookie(for: request)
        guard let email, let username, let password else { throw Problem.internal }
        try await requireInvitation(invitation, for: request)
        let signer = try await signer()
        let hash = try await check.hash(password)
        let now = services.clock.now
        let start = SignInStart(
            at: now, lasting: limits.refreshTokenLife, client: request.client, device: device ?? SignInDevice())
        let person = PostgresAccountStore.Registration(
            id: UserID(UniqueID.version7(at: now)), username: username.text, usernameKey: username.key,
            displayName: displayName?.text ?? username.text, email: email.text, emailKey: email.key, passwordHash: hash)
        let group = try await request.askingAccounts { () throws(AccountStoreError) in
            try await accounts.register(person, start, invitedBy: invitation)
        }
        if let group { services.people.publish(.joined(group, person.id)) }
        metrics.count(.registered)
        request.logger.info("registered", ["user": .string(person.id.description)])
        await askForVerification(of: person.id, for: request)
        let account = Account(
            id: person.id, username: person.username, displayName: person.displayName, createdAt: now,
            email: person.email, isEmailVerified: false, provider: "local", isDisabled: false, tokenVersion: 1,
            passwordHash: hash)
        let signedIn = PostgresSignInStore.Renewal(
            account: account, hasSecondFactor: false, signIn: start.id, refreshToken: start.refreshToken)
        return answer(signedIn, signedBy: signer, at: now).response(.created, in: cookie)
    }

    static let takesNobody = Problem(.forbidden, "This hub takes no registrations")

    /// Asked before anything that a registration costs, or tells of other accounts; whether the code still holds is decided
    /// when it is used.
    ///
    /// - Throws: 403 where nobody registers without an invitation, and there is none that holds.
    func requireInvitation(_ code: InvitationCode?, for request: RouteRequest) async throws(Problem) {
        guard limits.registration == .invitation else { return }
        guard let code else { throw Problem(.forbidden, "This hub takes registrations by invitation only") }
        let now = services.clock.now
        let isOpen = try await request.asking { () throws(DeviceStoreError) in
            try await invitations.isOpen(code, at: now)
        }
        guard isOpen else { throw Problem(AccountStoreError.invitation) }
    }

    // MARK: Signing in

    private func login(_ request: RouteRequest) async throws -> HTTPResponse {
        var body = try BodyReader(request)
        let login = body.login()
        let password = body.text("password", required: true)
        let code = body.line("totp", 1...64)
        let device = body.signInDevice()
        try body.finish()
        let cookie = try refreshCookie(for: request)
        guard let login, let password else { throw Problem.internal }
        let now = services.clock.now
        let attempt = SignInAttempt(login, from: request.origin.address, free: limits.freeAttempts)
        let (account, isOutdated) = try await check.account(
            typed: password, attempt: attempt, for: request, at: now
        ) { () throws(AccountStoreError) in try await accounts.account(login) }
        let hasSecondFactor = try await checkSecondFactor(code, of: account, attempt, for: request)
        try await requireVerifiedEmail(of: account, for: request)
        let signer = try await signer()
        let start = SignInStart(
            at: now, lasting: limits.refreshTokenLife, client: request.client, device: device ?? SignInDevice())
        let ended = try await request.asking { () throws(DeviceStoreError) in
            try await signIns.begin(start, of: account, limit: limits.signInsPerUser, forgetting: attempt)
        }
        // The password was changed, or the account shut, while it was compared.
        guard let ended else { throw PasswordCheck.invalid }
        await endings.end(ended)
        if isOutdated { await rehash(password, of: account, for: request) }
        metrics.count(.signedIn)
        request.logger.info("signed in", ["user": .string(account.id.description)])
        let signedIn = PostgresSignInStore.Renewal(
            account: account, hasSecondFactor: hasSecondFactor, signIn: start.id, refreshToken: start.refreshToken)
        return answer(signedIn, signedBy: signer, at: now).response(in: cookie)
    }

    /// Hashes a password anew whose hash was made at another cost. What goes wrong is tried again at the next sign-in.
    private func rehash(_ text: String, of account: Account, for request: RouteRequest) async {
        do {
            guard let password = Password(typed: text) else { return }
            let hash = try await check.hash(password)
            try await request.askingAccounts { () throws(AccountStoreError) in
                try await accounts.rehash(account, as: hash)
            }
        } catch {
            request.logger.info("a password was not hashed anew")
        }
    }

    /// What signs access tokens. Asked for before anything is changed that is worth nothing without one.
    func signer() async throws(Problem) -> AccessTokenSigner {
        await keyring.refresh()
        do {
            return try tokens.signer()
        } catch {
            throw Problem(.serviceUnavailable, "The hub cannot sign tokens just now", retryAfter: 5)
        }
    }

    /// The tokens of a sign-in that has begun or goes on.
    func answer(_ renewal: PostgresSignInStore.Renewal, signedBy signer: AccessTokenSigner, at now: Timestamp)
        -> SignInAnswer
    {
        let account = renewal.account
        return SignInAnswer(
            account: account, hasSecondFactor: renewal.hasSecondFactor, signIn: renewal.signIn,
            refreshToken: renewal.refreshToken,
            accessToken: signer.issue(
                user: account.id, signIn: renewal.signIn, version: account.tokenVersion, at: now))
    }

    // MARK: Refreshing

    private func refresh(_ request: RouteRequest) async throws -> HTTPResponse {
        let cookie = try refreshCookie(for: request)
        var body = try BodyReader(request)
        let text = body.text("refreshToken", required: cookie == nil)
        try body.finish()
        let refused = Problem.tokenInvalid.clearing(cookie)
        guard let token = RefreshToken(text ?? cookie?.token(in: request) ?? "") else { throw refused }
        let signer = try await signer()
        let now = services.clock.now
        let successor = RefreshToken.make()
        let rotation = try await request.asking { () throws(DeviceStoreError) in
            try await signIns.rotate(
                token, to: successor, at: now, expiresAt: now.advanced(by: limits.refreshTokenLife), by: request.client)
        }
        switch rotation {
        case .rotated(let renewal):
            metrics.count(.refreshed)
            return answer(renewal, signedBy: signer, at: now).response(in: cookie)
        case .repeated(let renewal):
            metrics.count(.repeated)
            return answer(renewal, signedBy: signer, at: now).response(in: cookie)
        case .reused(let signIn):
            metrics.count(.reused)
            request.logger.warning("a refresh token was used twice", ["sign_in": .string(signIn.description)])
            await endings.end([signIn])
            throw refused
        case .refused: throw refused
        }
    }

    // MARK: Signing out

    private func logout(_ request: RouteRequest) async throws -> HTTPResponse {
        let cookie = try refreshCookie(for: request)
        var body = try BodyReader(request, emptyIsObject: true)
        let text = body.text("refreshToken")
        try body.finish()
        let now = services.clock.now
        var done = HTTPResponse(.noContent)
        if let cookie { done.headers.append("Set-Cookie", cookie.cleared) }
        if let text = text ?? cookie.map({ $0.token(in: request) ?? "" }) {
            guard let token = RefreshToken(text) else { return done }
            let ended = try await request.asking { () throws(DeviceStoreError) in
                try await signIns.end(token, at: now)
            }
            if let ended { await endings.end([ended]) }
            return done
        }
        let user = try await bearer(of: request)
        _ = try await request.asking { () throws(DeviceStoreError) in
            try await signIns.end(user.signIn, of: user.id, at: now)
        }
        await endings.end([user.signIn])
        return HTTPResponse(.noContent)
    }

    /// Who sent the request's access token; for routes that take one and do not need it.
    private func bearer(of request: RouteRequest) async throws(Problem) -> SignedInUser {
        guard let token = BearerToken.text(in: request.headers) else { throw .unauthorized(for: .user) }
        let result: Result<Principal, Problem>
        switch rings.authenticate(bearer: token, on: request.loop) {
        case .decided(let decided): result = decided
        case .pending(let lookUp): result = await lookUp()
        }
        guard let user = try result.get().user else { throw .unauthorized(for: .user) }
        return user
    }
}
