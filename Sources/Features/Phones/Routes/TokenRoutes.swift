internal import Configuration
internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension PhonesFeature {
    func addTokenRoutes(to registry: Registry) {
        let path: PathTemplate = "/api/v1/devices/{deviceId}/ingest-token"
        let parameters: [RouteParameter] = [.path("deviceId", .uuid, "The device")]
        registry.add(
            Route(
                .post, path, operationID: "createIngestToken", summary: "Let a phone app report as a device",
                description: """
                    Makes the token with which OwnTracks, OsmAnd or Traccar Client report as this device. It may report as \
                    this device and read, in the answer to a location that OwnTracks reports and the hub stores, the names and \
                    live positions of the other members of its group; nothing else. It is shown this once, and takes the \
                    place of the one from before, which stops working. While the owner's account is disabled it opens nothing.
                    """,
                tag: PhonesFeature.tag, callers: [.apiKey, .user], parameters: parameters,
                responses: [RouteResponse(.created, "The token", .reference("PhoneToken"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await makeToken($0) }))
        registry.add(
            Route(
                .get, path, operationID: "getIngestToken", summary: "Whether a phone app may report as a device",
                tag: PhonesFeature.tag, callers: [.apiKey, .user], parameters: parameters,
                responses: [RouteResponse(.ok, "It may, since then", .reference("PhoneTokenState"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await tokenState($0) }))
        registry.add(
            Route(
                .delete, path, operationID: "revokeIngestToken", summary: "Let no phone app report as a device",
                tag: PhonesFeature.tag, callers: [.apiKey, .user], parameters: parameters,
                responses: [RouteResponse(.noContent, "The token opens nothing any more")],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await revokeToken($0) }))
    }

    private func makeToken(_ request: RouteRequest) async throws -> HTTPResponse {
        let device = try await device(of: request)
        let token = PhoneToken.generate()
        let now = services.clock.now
        let note = try note(request, device, at: now)
        let isThere = try await request.asking { () throws(DeviceStoreError) in
            guard try await core.devices.device(device) != nil else { return false }
            return try await tokens.replace(token, of: device, note: note)
        }
        guard isThere else { throw Problem.deviceNotFound }
        let base = services.configuration.server.publicURL
        var response = HTTPResponse.json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.member("deviceId", device.rawValue)
                    json.member("createdAt", now)
                    json.member("token", token.text)
                    json.object("addresses") { json in
                        json.member("ownTracks", "\(base)\(PhonesFeature.ownTracksPath)")
                        json.member(
                            "osmAnd",
                            "\(base)\(PhonesFeature.osmAndPath)?key=\(token.text)&\(OsmAndReport.template)")
                        json.member("traccarClient", "\(base)\(PhonesFeature.osmAndPath)")
                    }
                }
            }, status: .created)
        response.headers.append("Cache-Control", "no-store")
        return response
    }

    private func tokenState(_ request: RouteRequest) async throws -> HTTPResponse {
        let device = try await device(of: request)
        let createdAt = try await request.asking { () throws(DeviceStoreError) in
            try await tokens.createdAt(of: device)
        }
        guard let createdAt else { throw PhonesFeature.noToken }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.member("deviceId", device.rawValue)
                    json.member("createdAt", createdAt)
                }
            })
    }

    private func revokeToken(_ request: RouteRequest) async throws -> HTTPResponse {
        let device = try await device(of: request)
        let note = try note(request, device, at: services.clock.now)
        let had = try await request.asking { () throws(DeviceStoreError) in
            guard try await tokens.createdAt(of: device) != nil else { return false }
            return try await tokens.remove(of: device, note: note)
        }
        guard had else { throw PhonesFeature.noToken }
        return HTTPResponse(.noContent)
    }

    private static let noToken = Problem(.notFound, "No phone app may report as this device")

    /// The device of the path, which the caller may change.
    private func device(of request: RouteRequest) async throws(Problem) -> DeviceID {
        guard let id = DeviceID(request.parameter("deviceId")) else { throw .deviceNotFound }
        try await core.visibility.require(id, by: request.principal)
        return id
    }

    /// What the audit log is to say, together with what is done.
    private func note(_ request: RouteRequest, _ device: DeviceID, at now: Timestamp) throws(Problem) -> AuditEntry {
        guard let entry = request.auditEntry(.done, at: now, target: device.description) else { throw .forbidden }
        return entry
    }
}
