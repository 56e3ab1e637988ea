internal import Configuration
internal import FeatureKit
internal import HTTP
internal import Model
internal import Telemetry
internal import Wire

/// The accounts elsewhere that are joined to one's own.
extension AccountsFeature {
    /// How long after signing in somebody need not show their password again to join accounts or choose a first password.
    static let presence = Duration.seconds(300)

    func addProviderLinkRoutes(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/auth/providers/linked", operationID: "listLinkedProviders",
                summary: "Providers whose accounts are joined to yours", tag: AccountsFeature.tag, callers: .user,
                responses: [
                    RouteResponse(
                        .ok, "The providers",
                        .object([
                            .required(
                                "providers",
                                .array(
                                    of: .object([
                                        .required("name", .string()),
                                        .required("title", .string(), "Its name, if the hub knows it no more"),
                                    ])))
                        ]))
                ], errors: [.serviceUnavailable], handler: .later { try await linkedProviders($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/auth/providers/{name}", operationID: "unlinkProvider",
                summary: "Part a provider's account from yours",
                description: "Not if it is the only way in: 409, until there is a password.",
                tag: AccountsFeature.tag, callers: .user, parameters: [.path("name", .string(), "The provider")],
                content: RequestContent(.object([.required("password", .string())])),
                responses: [RouteResponse(.noContent, "They are parted")],
                errors: [.invalidCredentials, .notFound, .conflict, .serviceUnavailable],
                handler: .later { try await unlinkProvider($0) }))
    }

    private func linkedProviders(_ request: RouteRequest) async throws -> HTTPResponse {
        let name = try await account(of: request).provider
        let linked = name == Account.local ? [] : [name]
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("providers", of: linked) { json, name in
                        json.object { json in
                            json.member("name", name)
                            json.member(
                                "title", providers.first { $0.provider.name == name }?.provider.title ?? name)
                        }
                    }
                }
            })
    }

    private func unlinkProvider(_ request: RouteRequest) async throws -> HTTPResponse {
        var body = try BodyReader(request)
        let password = body.text("password", required: true)
        try body.finish()
        let name = request.parameter("name")
        let known = try await account(of: request)
        guard name != Account.local, known.provider == name else { throw Problem.notFound }
        let onlyWay = Problem(.conflict, "It is the only way in; choose a password first")
        guard known.passwordHash != nil else { throw onlyWay }
        let account = try await passwordChecked(password, for: request)
        let isParted = try await request.askingAccounts { () throws(AccountStoreError) in
            try await providerSignIns.unlink(account.id, from: name)
        }
        // Another was quicker.
        guard isParted else { throw Problem.notFound }
        request.logger.info("provider parted", ["user": .string(account.id.description)])
        await tell(.providerUnlinked, account.id, for: request)
        return HTTPResponse(.noContent)
    }

    // MARK: Presence

    /// - Throws: Unless the caller gives their password, or has signed in a moment ago: a token that was stolen later is not
    ///   enough for what opens the account for good.
    func requirePresence(_ password: String?, for request: RouteRequest) async throws(Problem) {
        guard password == nil else {
            _ = try await passwordChecked(password, for: request)
            return
        }
        let user = try signedIn(request)
        let since = services.clock.now.advanced(by: .zero - AccountsFeature.presence)
        let isRecent = try await request.asking { () throws(DeviceStoreError) in
            try await signIns.hasBegun(user.signIn, after: since)
        }
        guard isRecent else { throw Problem(.forbidden, "Give the password, or sign in again first") }
    }

    /// The account, with its address confirmed if the provider says that it is theirs.
    func verified(
        _ account: Account, by identity: ProviderIdentity, _ request: RouteRequest
    ) async throws(Problem) -> Account {
        guard identity.isEmailVerified, !account.isEmailVerified,
            let key = identity.email.flatMap({ EmailAddress($0)?.key }), EmailAddress(account.email)?.key == key
        else { return account }
        let now = services.clock.now
        try await request.askingAccounts { () throws(AccountStoreError) in
            try await providerSignIns.verifyAddress(of: account.id, at: now)
        }
        var account = account
        account.isEmailVerified = true
        return account
    }
}
