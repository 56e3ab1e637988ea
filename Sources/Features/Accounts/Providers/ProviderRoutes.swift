internal import Configuration
internal import Crypto
internal import FeatureKit
internal import HTTP
internal import Model
internal import Telemetry
internal import Wire

extension AccountsFeature {
    func addProviderRoutes(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/auth/providers", operationID: "listProviders", summary: "Who else one may sign in with",
                tag: AccountsFeature.tag, callers: .anyone,
                responses: [
                    RouteResponse(
                        .ok, "The providers",
                        .object([
                            .required(
                                "providers",
                                .array(of: .object([.required("name", .string()), .required("title", .string())])))
                        ]))
                ], handler: .immediate { _ throws(Problem) in listProviders() }))
        registry.add(
            Route(
                .post, "/api/v1/auth/providers/{name}/begin", operationID: "beginProviderSignIn",
                summary: "Begin to sign in with a provider",
                description: """
                    Where to send the person, and the state that must come back. With an access token the provider's account \
                    will be joined to the caller's, who gives the password or has signed in within five minutes. The \
                    state holds for ten minutes, once.
                    """,
                tag: AccountsFeature.tag, callers: [.anyone, .user], ratePolicies: [AccountsFeature.signInPolicy],
                content: RequestContent(
                    .object([
                        .required("redirectUri", .string(), "One that the hub was told"),
                        .optional("password", .string(), "To join accounts some time after signing in"),
                    ])),
                responses: [
                    RouteResponse(
                        .ok, "Where to go",
                        .object([
                            .required("authorizationUrl", .string(format: "uri")), .required("state", .string()),
                        ]))
                ], errors: [.invalidCredentials, .forbidden, .notFound, .serviceUnavailable],
                handler: .later { try await beginWithProvider($0) }))
        registry.add(
            Route(
                .post, "/api/v1/auth/providers/{name}/complete", operationID: "completeProviderSignIn",
                summary: "Sign in with what a provider has sent back",
                description: """
                    Makes an account for somebody new. An address that an account has already is no proof that it is \
                    theirs: 409, until they have signed in to it and joined the two, or until the provider says that the \
                    address is theirs and the account has never shown so. What was begun with an access token is completed \
                    with one of the same person.
                    """,
                tag: AccountsFeature.tag, callers: [.anyone, .user], ratePolicies: [AccountsFeature.signInPolicy],
                content: RequestContent(
                    .object([
                        .required("state", .string()), .required("code", .string()),
                        .optional("totp", .string(), "Of the second factor, if it is on; without it all begins anew"),
                        .optional("device", .reference("SignInDevice")),
                        .optional("invitationCode", .string(), "Of an invitation into a group, for somebody new"),
                    ])),
                responses: [RouteResponse(.ok, "Signed in", .reference("SignedIn"))],
                errors: [
                    .invalidCredentials, .secondFactorRequired, .forbidden, .notFound, .conflict, .duplicateEmail,
                    .serviceUnavailable,
                ], handler: .later { try await completeWithProvider($0) }))
    }

    private func listProviders() -> HTTPResponse {
        HTTPResponse.json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("providers", of: providers) { json, client in
                        json.object { json in
                            json.member("name", client.provider.name)
                            json.member("title", client.provider.title)
                        }
                    }
                }
            }, status: .ok)
    }

    private func client(for request: RouteRequest) throws(Problem) -> ProviderClient {
        let name = request.parameter("name")
        guard let client = providers.first(where: { $0.provider.name == name }) else { throw .notFound }
        return client
    }

    private func beginWithProvider(_ request: RouteRequest) async throws -> HTTPResponse {
        let client = try client(for: request)
        var body = try BodyReader(request)
        let redirectURI = body.text("redirectUri", required: true)
        if let redirectURI, !client.provider.redirectURIs.contains(redirectURI) {
            body.complain("redirectUri", "is none that the hub was told")
        }
        let password = body.text("password")
        try body.finish()
        guard let redirectURI else { throw Problem.internal }
        if request.principal.user != nil { try await requirePresence(password, for: request) }
        let (state, nonce, verifier) = (ProviderSecret.make(), ProviderSecret.make(), ProviderSecret.make())
        let challenge = Base64.url.encode(SHA256.hash(Array(verifier.utf8)))
        let url: String
        do throws(ProviderFault) {
            url = try await client.authorizationURL(
                state: state, nonce: nonce, challenge: challenge, redirectURI: redirectURI)
        } catch {
            throw problem(error, client.provider, request)
        }
        let pending = ProviderSignInStore.Pending(
            nonce: nonce, verifier: verifier, redirectURI: redirectURI, user: request.principal.user?.id)
        let now = services.clock.now
        try await request.asking { () throws(DeviceStoreError) in
            try await providerSignIns.begin(pending, state: state, provider: client.provider.name, at: now)
        }
        var response = HTTPResponse.json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.member("authorizationUrl", url)
                    json.member("state", state)
                }
            }, status: .ok)
        response.headers.append("Cache-Control", "no-store")
        return response
    }

    private func completeWithProvider(_ request: RouteRequest) async throws -> HTTPResponse {
        let client = try client(for: request)
        var body = try BodyReader(request)
        let state = body.line("state", 1...200, required: true)
        let code = body.line("code", 1...2_000, required: true)
        let totp = body.line("totp", 1...64)
        let device = body.signInDevice()
        let invitation = body.invitationCode()
        try body.finish()
        let cookie = try refreshCookie(for: request)
        guard let state, let code else { throw Problem.internal }
        let signer = try await signer()
        let now = services.clock.now
        let pending = try await request.asking { () throws(DeviceStoreError) in
            try await providerSignIns.take(state: state, provider: client.provider.name, at: now)
        }
        // Who joins accounts is signed in at the end as well: a token that was ended meanwhile joins nothing.
        guard let pending, pending.user == nil || pending.user == request.principal.user?.id else {
            throw ProviderSecret.unknownState
        }
        let identity: ProviderIdentity
        do throws(ProviderFault) {
            identity = try await client.identity(
                for: code, verifier: pending.verifier, redirectURI: pending.redirectURI, nonce: pending.nonce)
        } catch {
            throw problem(error, client.provider, request)
        }
        let account = try await account(
            of: identity, client.provider, for: pending.user, invitedBy: invitation, request)
        guard !account.isDisabled else { throw PasswordCheck.invalid }
        let attempt = SignInAttempt(account.id, from: request.origin.address, free: limits.freeAttempts)
        let hasSecondFactor = try await checkSecondFactor(totp, of: account, attempt, for: request)
        try await requireVerifiedEmail(of: account, for: request)
        let start = SignInStart(
            at: now, lasting: limits.refreshTokenLife, client: request.client, device: device ?? SignInDevice())
        let ended = try await request.asking { () throws(DeviceStoreError) in
            try await signIns.begin(start, of: account, limit: limits.signInsPerUser, forgetting: nil)
        }
        guard let ended else { throw PasswordCheck.invalid }
        await endings.end(ended)
        metrics.count(.signedIn)
        request.logger.info(
            "signed in", ["user": .string(account.id.description), "provider": .string(client.provider.name)])
        let signedIn = PostgresSignInStore.Renewal(
            account: account, hasSecondFactor: hasSecondFactor, signIn: start.id, refreshToken: start.refreshToken)
        return answer(signedIn, signedBy: signer, at: now).response(in: cookie)
    }

    /// The account a provider's leads to: joined before, joined now, or made now.
    private func account(
        of identity: ProviderIdentity, _ provider: IdentityProvider, for user: UserID?,
        invitedBy invitation: InvitationCode?, _ request: RouteRequest
    ) async throws(Problem) -> Account {
        let known = try await request.askingAccounts { () throws(AccountStoreError) in
            try await providerSignIns.account(of: identity, at: provider.name)
        }
        if let user {
            if let known, known.id == user { return try await verified(known, by: identity, request) }
            let isLinked = try await request.askingAccounts { () throws(AccountStoreError) in
                try await providerSignIns.link(identity, of: provider.name, to: user)
            }
            guard known == nil, isLinked else {
                throw Problem(.conflict, "One of the two is joined to another account already")
            }
            request.logger.info("provider joined", ["user": .string(user.description)])
            await tell(.providerLinked, user, for: request)
        } else if let known {
            return try await verified(known, by: identity, request)
        } else {
            try await register(identity, provider, invitedBy: invitation, request)
        }
        let account = try await request.askingAccounts { () throws(AccountStoreError) in
            try await providerSignIns.account(of: identity, at: provider.name)
        }
        guard let account else { throw PasswordCheck.invalid }
        return account
    }

    private func register(
        _ identity: ProviderIdentity, _ provider: IdentityProvider, invitedBy invitation: InvitationCode?,
        _ request: RouteRequest
    ) async throws(Problem) {
        guard limits.registration != .closed else { throw AccountsFeature.takesNobody }
        try await requireInvitation(invitation, for: request)
        guard let email = identity.email.flatMap({ EmailAddress($0) }), !email.isReserved else {
            throw Problem(.forbidden, "The provider tells no e-mail address, without which there is no account")
        }
        let now = services.clock.now
        for attempt in 0..<5 {
            let name = ProviderSecret.username(like: email, isPlain: attempt == 0)
            let person = PostgresAccountStore.Registration(
                id: UserID(UniqueID.version7(at: now)), username: name.text, usernameKey: name.key,
                displayName: identity.name.flatMap { DisplayName($0) }?.text ?? name.text, email: email.text,
                emailKey: email.key, passwordHash: "")
            do throws(AccountStoreError) {
                let group = try await providerSignIns.register(
                    person, as: identity, of: provider.name, invitedBy: invitation, at: now)
                if let group { services.people.publish(.joined(group, person.id)) }
                metrics.count(.registered)
                // Where only who has shown it may sign in, they are sent the mail when they try, which is now.
                if !identity.isEmailVerified, !limits.requiresVerifiedEmail {
                    await askForVerification(of: person.id, for: request)
                }
                return
            } catch {
                guard error == .duplicateUsername else {
                    if case .store(let error) = error { request.log(error) }
                    throw Problem(error)
                }
            }
        }
        throw Problem(.duplicateUsername, "No free name was found; try again")
    }

    private func problem(_ fault: ProviderFault, _ provider: IdentityProvider, _ request: RouteRequest) -> Problem {
        switch fault {
        case .unavailable:
            request.logger.warning("a provider did not answer", ["provider": .string(provider.name)])
            return Problem(.serviceUnavailable, "The provider does not answer", retryAfter: 30)
        case .codeRefused: return ProviderSecret.unknownState
        case .refused(let reason):
            request.logger.warning(
                "a provider's token was refused",
                ["provider": .string(provider.name), "reason": .string("\(reason)")])
            return ProviderSecret.unknownState
        }
    }
}
