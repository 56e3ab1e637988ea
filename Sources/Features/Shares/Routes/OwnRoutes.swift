internal import Configuration
internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension SharesFeature {
    func addOwnRoutes(to registry: Registry) {
        registry.add(
            Route(
                .post, "/api/v1/shares", operationID: "createShare",
                summary: "Show strangers where one of one's devices is",
                description: """
                    Makes a link that shows the device's position, and nothing else of it or of anybody, to whoever has it, \
                    until its time is over, it is revoked, or the device is no longer active. The token is shown this once.
                    """,
                tag: SharesFeature.tag, callers: .user,
                content: RequestContent(
                    .object([
                        .required("deviceId", .uuid),
                        .optional(
                            "seconds",
                            .nullable(
                                .integer(
                                    minimum: ShareLimits.lifetimes.lowerBound,
                                    maximum: ShareLimits.lifetimes.upperBound)), "For how long; or `until`"),
                        .optional("until", .nullable(.timestamp), "In 7 days at the latest"),
                    ]),
                    example: .object([
                        .init(name: "deviceId", value: .string("018f4f2e-9c1b-7cc3-9a4e-0d7a3b1f5c2d")),
                        .init(name: "seconds", value: .integer(3600)),
                    ])),
                responses: [RouteResponse(.created, "The share, with its link", .reference("NewShare"))],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await makeShare($0) }))
        registry.add(
            Route(
                .get, "/api/v1/shares", operationID: "listShares", summary: "List one's open shares",
                description: "The newest first, without their links.", tag: SharesFeature.tag, callers: .user,
                responses: [RouteResponse(.ok, "The shares", .reference("ShareList"))], errors: [.serviceUnavailable],
                handler: .later { try await listShares($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/shares/{shareId}", operationID: "revokeShare", summary: "Revoke a share",
                description: "Its link shows nothing from now on; who looks is cut off.", tag: SharesFeature.tag,
                callers: .user, parameters: [.path("shareId", .uuid, "The share")],
                responses: [RouteResponse(.noContent, "Nothing is shown any more")],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await revokeShare($0) }))
    }

    private func makeShare(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try caller(of: request)
        let now = services.clock.now
        var body = try BodyReader(request)
        let device = body.uniqueID("deviceId", required: true)
        let seconds = body.integer("seconds", ShareLimits.lifetimes)
        let until = moment("until", after: now, in: &body)
        if seconds == nil, until == nil {
            body.complain("seconds", "is required, or until")
        } else if seconds != nil, until != nil {
            body.complain("until", "cannot be given with seconds")
        }
        try body.finish()
        guard let device, let expiresAt = until ?? seconds.map({ now.advanced(by: .seconds($0)) }) else {
            throw Problem.internal
        }
        let share = Share(
            id: .version7(at: now), device: DeviceID(device), createdAt: now, expiresAt: expiresAt)
        let token = ShareToken.generate()
        let note = try note(request, share.id, at: now, detail: "device=\(share.device)")
        let making = try await request.asking { () throws(DeviceStoreError) in
            try await store.make(share, token, by: user, note: note)
        }
        switch making {
        case .made: break
        case .notFound: throw Problem.deviceNotFound
        case .tooMany: throw Problem(.conflict, "There are \(ShareLimits.openShares) shares already: revoke one")
        }
        var response = HTTPResponse.json(
            JSONWriter.bytes { json in
                json.object { json in
                    SharesFeature.write(share, to: &json)
                    json.member("token", token.text)
                    json.member("url", "\(services.configuration.server.publicURL)/s/\(token.text)")
                }
            }, status: .created)
        response.headers.append("Cache-Control", "no-store")
        return response
    }

    /// When a share is to end; what is no such time is complained of, and is now.
    private func moment(_ name: String, after now: Timestamp, in body: inout BodyReader) -> Timestamp? {
        guard let text = body.text(name) else { return nil }
        guard let moment = Timestamp(rfc3339: text) else {
            body.complain(name, "must be a time (RFC 3339)")
            return now
        }
        let rest = now.duration(to: moment)
        if rest < .seconds(ShareLimits.lifetimes.lowerBound) || rest > .seconds(ShareLimits.lifetimes.upperBound) {
            body.complain(name, "must be a minute to 7 days from now")
        }
        return moment
    }

    private func listShares(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try caller(of: request)
        let shares = try await request.asking { () throws(DeviceStoreError) in
            try await store.shares(of: user, at: services.clock.now)
        }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("shares", of: shares) { json, share in
                        json.object { SharesFeature.write(share, to: &$0) }
                    }
                    // As many as may be open fit a page.
                    json.null("nextCursor")
                }
            })
    }

    private func revokeShare(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try caller(of: request)
        guard let id = UniqueID(request.parameter("shareId")) else { throw SharesFeature.notFound }
        let note = try note(request, id, at: services.clock.now)
        let wasThere = try await request.asking { () throws(DeviceStoreError) in
            try await store.remove(id, of: user, note: note)
        }
        guard wasThere else { throw SharesFeature.notFound }
        audience.end(id)
        return HTTPResponse(.noContent)
    }

    static let notFound = Problem(.notFound, "There is no such share")

    private func caller(of request: RouteRequest) throws(Problem) -> UserID {
        guard let user = request.principal.user else { throw .unauthorized(for: .user) }
        return user.id
    }

    private func note(
        _ request: RouteRequest, _ id: UniqueID, at now: Timestamp, detail: String? = nil
    ) throws(Problem) -> AuditEntry {
        guard let entry = request.auditEntry(.done, at: now, target: id.description, detail: detail) else {
            throw .forbidden
        }
        return entry
    }

    private static func write(_ share: Share, to json: inout JSONWriter) {
        json.member("id", share.id)
        json.member("deviceId", share.device.rawValue)
        json.member("createdAt", share.createdAt)
        json.member("expiresAt", share.expiresAt)
    }
}
