internal import Configuration
internal import FeatureKit
internal import HTTP
internal import Model
internal import Telemetry
internal import Wire

extension AccountsFeature {
    func addSecondFactorRoutes(to registry: Registry) {
        let password = Schema.object([.required("password", .string())])
        let proof = Schema.object([
            .required("password", .string()), .required("code", .string(), "Or a recovery code"),
        ])
        let codes = Schema.array(of: .string())
        registry.add(
            Route(
                .post, "/api/v1/auth/totp", operationID: "beginSecondFactor", summary: "Set up a second factor",
                description: """
                    A secret for an authenticator app (RFC 6238: six digits, 30 seconds, SHA-1) and ten recovery codes, each \
                    of which works once in place of a code. They are shown this once, and count from when a first code has \
                    confirmed them.
                    """,
                tag: AccountsFeature.tag, callers: .user, content: RequestContent(password),
                responses: [
                    RouteResponse(
                        .ok, "To be confirmed",
                        .object([
                            .required("secret", .string(), "Base32"),
                            .required("uri", .string(format: "uri"), "otpauth, for a QR code"),
                            .required("recoveryCodes", codes),
                        ]))
                ], errors: [.invalidCredentials, .conflict, .serviceUnavailable],
                handler: .later { try await beginSecondFactor($0) }))
        registry.add(
            Route(
                .post, "/api/v1/auth/totp/confirm", operationID: "confirmSecondFactor",
                summary: "Turn the second factor on",
                description: "Five wrong codes lock it: 429 until `Retry-After`, twice as long with every guess after.",
                tag: AccountsFeature.tag, callers: .user,
                content: RequestContent(.object([.required("code", .string())])),
                responses: [RouteResponse(.noContent, "It is on")],
                errors: [.invalidCredentials, .conflict, .serviceUnavailable],
                handler: .later { try await confirmSecondFactor($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/auth/totp", operationID: "removeSecondFactor", summary: "Turn the second factor off",
                tag: AccountsFeature.tag, callers: .user,
                content: RequestContent(proof), responses: [RouteResponse(.noContent, "It is off")],
                errors: [.invalidCredentials, .conflict, .serviceUnavailable],
                handler: .later { try await removeSecondFactor($0) }))
        registry.add(
            Route(
                .post, "/api/v1/auth/totp/recovery-codes", operationID: "renewRecoveryCodes",
                summary: "Get new recovery codes",
                description: "The old ones work no longer. A password alone gets none: they would turn the factor off.",
                tag: AccountsFeature.tag, callers: .user, content: RequestContent(proof),
                responses: [RouteResponse(.ok, "Shown this once", .object([.required("recoveryCodes", codes)]))],
                errors: [.invalidCredentials, .conflict, .serviceUnavailable],
                handler: .later { try await renewRecoveryCodes($0) }))
    }

    private func beginSecondFactor(_ request: RouteRequest) async throws -> HTTPResponse {
        var body = try BodyReader(request)
        let password = body.text("password", required: true)
        try body.finish()
        let account = try await passwordChecked(password, for: request)
        let now = services.clock.now
        let begun = try await request.asking { () throws(DeviceStoreError) in
            try await factors.begin(for: account.id, at: now)
        }
        guard let (secret, codes) = begun else {
            throw Problem(.conflict, "The second factor is on; turn it off first")
        }
        let uri = OneTimePassword.uri(
            secret: secret, account: account.username, issuer: services.configuration.credentials.issuer)
        return secretAnswer { json in
            json.member("secret", Base32.encode(secret))
            json.member("uri", uri)
            json.array("recoveryCodes", of: codes) { $0.value($1.text) }
        }
    }

    private func confirmSecondFactor(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try signedIn(request)
        var body = try BodyReader(request)
        let code = body.line("code", 1...64, required: true)
        try body.finish()
        let now = services.clock.now
        let verdict = try await request.asking { () throws(DeviceStoreError) in
            try await factors.confirm(code ?? "", of: user.id, at: now)
        }
        try accept(verdict, for: request)
        request.logger.info("second factor on", ["user": .string(user.id.description)])
        return HTTPResponse(.noContent)
    }

    /// Whoever sent `request`, after they have shown both their password and a code.
    private func bothChecked(_ request: RouteRequest) async throws -> Account {
        var body = try BodyReader(request)
        let password = body.text("password", required: true)
        let code = body.line("code", 1...64, required: true)
        try body.finish()
        let account = try await passwordChecked(password, for: request)
        let now = services.clock.now
        let verdict = try await request.asking { () throws(DeviceStoreError) in
            try await factors.check(code ?? "", of: account.id, at: now)
        }
        try accept(verdict, for: request)
        return account
    }

    private func removeSecondFactor(_ request: RouteRequest) async throws -> HTTPResponse {
        let account = try await bothChecked(request)
        try await request.asking { () throws(DeviceStoreError) in try await factors.remove(of: account.id) }
        request.logger.info("second factor off", ["user": .string(account.id.description)])
        await tell(.secondFactorRemoved, account.id, for: request)
        return HTTPResponse(.noContent)
    }

    private func renewRecoveryCodes(_ request: RouteRequest) async throws -> HTTPResponse {
        let account = try await bothChecked(request)
        let codes = try await request.asking { () throws(DeviceStoreError) in
            try await factors.renewCodes(of: account.id)
        }
        guard let codes else { throw Problem(.conflict, "There is no second factor to do this with") }
        return secretAnswer { $0.array("recoveryCodes", of: codes) { $0.value($1.text) } }
    }

    /// Whoever sent `request`, after they have shown their password again.
    func passwordChecked(
        _ password: String?, for request: RouteRequest
    ) async throws(Problem) -> Account {
        let user = try signedIn(request)
        guard let password else { throw .internal }
        let attempt = SignInAttempt(user.id, from: request.origin.address, free: limits.freeAttempts)
        let (account, _) = try await check.account(
            typed: password, attempt: attempt, for: request, at: services.clock.now
        ) { () throws(AccountStoreError) in try await accounts.account(user.id) }
        try await check.passed(attempt, for: request)
        return account
    }

    private func secretAnswer(_ members: (inout JSONWriter) -> Void) -> HTTPResponse {
        var response = HTTPResponse.json(JSONWriter.bytes { json in json.object { members(&$0) } }, status: .ok)
        response.headers.append("Cache-Control", "no-store")
        return response
    }
}
