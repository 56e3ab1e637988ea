internal import FeatureKit
internal import HTTP
internal import Model
internal import Telemetry
internal import Wire

extension AccountsFeature {
    private static let adminPolicies = ["admin"]

    func addAdministrationRoutes(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/admin/users", operationID: "listUsers", summary: "List accounts",
                description: "By id, the oldest first.", tag: AccountsFeature.tag, callers: .admin,
                ratePolicies: AccountsFeature.adminPolicies, parameters: [.limit, .cursor],
                responses: [RouteResponse(.ok, "A page of accounts", .reference("AdminUserPage"))],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await users($0) }))
        registry.add(
            Route(
                .post, "/api/v1/admin/users/{userId}/disable", operationID: "disableUser",
                summary: "Shut an account",
                description: "Nobody signs in; its sign-ins end and its streams close with 1008. Nothing is deleted.",
                tag: AccountsFeature.tag, callers: .admin, ratePolicies: AccountsFeature.adminPolicies,
                parameters: [.path("userId", .uuid, "The user")],
                responses: [RouteResponse(.noContent, "It is shut")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await setDisabled($0, true) }))
        registry.add(
            Route(
                .post, "/api/v1/admin/users/{userId}/enable", operationID: "enableUser",
                summary: "Open an account again", tag: AccountsFeature.tag, callers: .admin,
                ratePolicies: AccountsFeature.adminPolicies, parameters: [.path("userId", .uuid, "The user")],
                responses: [RouteResponse(.noContent, "It is open")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await setDisabled($0, false) }))
    }

    func addFactorAdministration(to registry: Registry) {
        registry.add(
            Route(
                .delete, "/api/v1/admin/users/{userId}/totp", operationID: "removeUserSecondFactor",
                summary: "Turn off a second factor that its owner has lost",
                description: """
                    Their password alone opens the account until they set up another: see first that it is they who ask. A \
                    mail tells them. Their sign-ins stay.
                    """,
                tag: AccountsFeature.tag, callers: .admin, ratePolicies: AccountsFeature.adminPolicies,
                parameters: [.path("userId", .uuid, "The user")],
                responses: [RouteResponse(.noContent, "It is off")],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await removeFactor($0) }))
    }

    private func removeFactor(_ request: RouteRequest) async throws -> HTTPResponse {
        let unknown = Problem(.notFound, "User not found")
        guard let id = UniqueID(request.parameter("userId")).map(UserID.init) else { throw unknown }
        guard let note = request.auditEntry(.done, at: services.clock.now, target: id.description) else {
            throw Problem.forbidden
        }
        let account = try await request.askingAccounts { () throws(AccountStoreError) in try await accounts.account(id)
        }
        guard let account else {
            core.audit.note(request, .notFound)
            throw unknown
        }
        guard try await hasSecondFactor(account, for: request) else {
            core.audit.note(request, .conflict)
            throw Problem(.conflict, "There is no second factor to do this with")
        }
        try await request.asking { () throws(DeviceStoreError) in try await factors.remove(of: id, noting: note) }
        await tell(.secondFactorRemoved, id, for: request)
        return HTTPResponse(.noContent)
    }

    private func users(_ request: RouteRequest) async throws -> HTTPResponse {
        var query = QueryReader(request.query)
        let limit = query.limit()
        let position = query.cursor(count: 2, of: "users")
        try query.finish()
        let last = position.map { UserID(UniqueID(high: $0[0], low: $0[1])) }
        let found = try await request.askingAccounts { () throws(AccountStoreError) in
            try await accounts.list(after: last, limit: limit + 1)
        }
        core.audit.note(request, .done)
        let page = found.prefix(limit)
        let next = found.count > limit ? page.last?.account.id.rawValue : nil
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("users", of: page) { json, listed in
                        json.object { json in
                            json.member("id", listed.account.id.rawValue)
                            json.member("username", listed.account.username)
                            json.member("displayName", listed.account.displayName)
                            json.member("email", listed.account.email)
                            json.member("emailVerified", listed.account.isEmailVerified)
                            json.member("provider", listed.account.provider)
                            json.member("createdAt", listed.account.createdAt)
                            json.member("lastSignInAt", listed.lastSignInAt)
                            json.member("disabled", listed.account.isDisabled)
                        }
                    }
                    json.nullable("nextCursor", next.map { PageCursor.encode([$0.high, $0.low], of: "users") })
                }
            })
    }

    private func setDisabled(_ request: RouteRequest, _ isDisabled: Bool) async throws -> HTTPResponse {
        let unknown = Problem(.notFound, "User not found")
        guard let id = UniqueID(request.parameter("userId")).map(UserID.init) else { throw unknown }
        let now = services.clock.now
        guard let note = request.auditEntry(.done, at: now, target: id.description) else { throw Problem.forbidden }
        let ended = try await request.askingAccounts { () throws(AccountStoreError) in
            try await accounts.setDisabled(isDisabled, id, at: now)
        }
        guard let ended else {
            core.audit.note(request, .notFound)
            throw unknown
        }
        if isDisabled { await endings.endAll(of: id, ended) } else { await rings.forget(id) }
        try await request.asking { () throws(DeviceStoreError) in try await core.audit.write(note) }
        return HTTPResponse(.noContent)
    }
}
