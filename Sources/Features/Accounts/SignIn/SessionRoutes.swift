internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

extension AccountsFeature {
    func addSessionRoutes(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/auth/sessions", operationID: "listSignIns", summary: "Where you are signed in",
                description: "The newest first. A sign-in ends by itself when its refresh token is not used.",
                tag: AccountsFeature.tag, callers: .user, parameters: [.limit, .cursor],
                responses: [RouteResponse(.ok, "A page of sign-ins", .reference("SignInPage"))],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await sessions($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/auth/sessions/{sessionId}", operationID: "endSignIn", summary: "End one sign-in",
                description: "Its tokens are refused and its streams close with 1008, at once.",
                tag: AccountsFeature.tag, callers: .user, parameters: [.path("sessionId", .uuid, "The sign-in")],
                responses: [RouteResponse(.noContent, "It has ended")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await endSession($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/auth/sessions", operationID: "endOtherSignIns", summary: "End all other sign-ins",
                tag: AccountsFeature.tag, callers: .user,
                responses: [
                    RouteResponse(
                        .ok, "How many ended", .object([.required("ended", .integer(minimum: 0))]))
                ],
                errors: [.serviceUnavailable], handler: .later { try await endOtherSessions($0) }))
        registry.add(
            Route(
                .patch, "/api/v1/auth/device", operationID: "changeSignInDevice",
                summary: "Say what this sign-in's device is", description: "`null` takes a member away.",
                tag: AccountsFeature.tag, callers: .user, content: RequestContent(.reference("SignInDevice")),
                responses: [RouteResponse(.ok, "The device", .reference("SignInDevice"))],
                errors: [.tokenInvalid, .serviceUnavailable], handler: .later { try await changeDevice($0) }))
    }

    private func sessions(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try signedIn(request)
        var query = QueryReader(request.query)
        let limit = query.limit()
        let list = "signIns|\(user.id)"
        let position = query.cursor(count: 2, of: list)
        try query.finish()
        let last = position.map { SignInID(UniqueID(high: $0[0], low: $0[1])) }
        let now = services.clock.now
        let found = try await request.asking { () throws(DeviceStoreError) in
            try await signIns.list(of: user.id, after: last, limit: limit + 1, at: now)
        }
        let page = found.prefix(limit)
        let next = found.count > limit ? page.last?.id.rawValue : nil
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("sessions", of: page) { json, signIn in
                        json.object { json in
                            json.member("id", signIn.id.rawValue)
                            json.member("createdAt", signIn.createdAt)
                            json.member("lastUsedAt", signIn.lastUsedAt)
                            json.member("expiresAt", signIn.expiresAt)
                            json.nullable("deviceName", signIn.device.name)
                            json.nullable("platform", signIn.device.platform)
                            json.nullable("appVersion", signIn.device.appVersion)
                            json.nullable("userAgent", signIn.client.userAgent)
                            json.member("clientAddress", signIn.client.address)
                            json.member("current", signIn.id == user.signIn)
                        }
                    }
                    json.nullable("nextCursor", next.map { PageCursor.encode([$0.high, $0.low], of: list) })
                }
            })
    }

    private func endSession(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try signedIn(request)
        guard let id = UniqueID(request.parameter("sessionId")).map(SignInID.init) else { throw Problem.notFound }
        let now = services.clock.now
        let hasEnded = try await request.asking { () throws(DeviceStoreError) in
            try await signIns.end(id, of: user.id, at: now)
        }
        guard hasEnded else { throw Problem.notFound }
        await endings.end([id])
        return HTTPResponse(.noContent)
    }

    private func endOtherSessions(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try signedIn(request)
        let now = services.clock.now
        let ended = try await request.asking { () throws(DeviceStoreError) in
            try await signIns.endAll(of: user.id, but: user.signIn, at: now)
        }
        await endings.end(ended)
        return .json(JSONWriter.bytes { json in json.object { $0.member("ended", ended.count) } })
    }

    private func changeDevice(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try signedIn(request)
        var body = try BodyReader(request)
        var change = SignInDeviceChange()
        if body.has("deviceName") { change.name = .some(body.line("deviceName", 1...100)) }
        if body.has("platform") { change.platform = .some(body.line("platform", 1...50)) }
        if body.has("appVersion") { change.appVersion = .some(body.line("appVersion", 1...50)) }
        if body.has("pushToken") { change.pushToken = .some(body.pushToken()) }
        try body.finish()
        let device = try await request.asking { () throws(DeviceStoreError) in
            try await signIns.change(change, of: user.signIn, by: user.id)
        }
        guard let device else { throw Problem.tokenInvalid }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.nullable("deviceName", device.name)
                    json.nullable("platform", device.platform)
                    json.nullable("appVersion", device.appVersion)
                    json.nullable("pushToken", device.pushToken)
                }
            })
    }
}
