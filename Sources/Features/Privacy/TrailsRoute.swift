internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension PrivacyFeature {
    /// The most locations of a device in one answer.
    static let trailSteps = 240
    /// Seconds that one answer is of, at most.
    private static let longestTrail = 24 * 3600

    func addTrailsRoute(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/groups/{groupId}/trails", operationID: "listTrails",
                summary: "The ways that a group's devices took",
                description: """
                    Of every active device up to \(PrivacyFeature.trailSteps) locations in even steps of time, the oldest \
                    first, at most a day. A member sees nothing from before they joined, before the device's owner did, or \
                    before the device was last registered or renamed.
                    """,
                tag: PrivacyFeature.tag, callers: .user,
                parameters: [
                    .path("groupId", .string(length: 2...50), "The group"),
                    .query("from", .timestamp, required: true, "Not before this moment"),
                    .query("to", .timestamp, required: true, "Before this moment, at most a day later"),
                ],
                responses: [RouteResponse(.ok, "The ways", .reference("Trails"))],
                errors: [.notFound, .missingField, .validationError, .serviceUnavailable],
                handler: .later { try await trails($0) }))
    }

    private func trails(_ request: RouteRequest) async throws -> HTTPResponse {
        guard let user = request.principal.user else { throw Problem.forbidden }
        guard let group = GroupID(request.parameter("groupId")) else { throw Problem.notFound }
        try await core.visibility.require(group, by: request.principal)
        var query = QueryReader(request.query)
        let (from, to) = (query.requiredMoment("from"), query.requiredMoment("to"))
        if let from, let to {
            if to <= from { query.complain("to", "must be after from") }
            if to > from.advanced(by: .seconds(PrivacyFeature.longestTrail)) {
                query.complain("to", "must be at most a day after from")
            }
        }
        try query.finish()
        guard let from, let to else { throw Problem.internal }
        let trails = try await request.asking { () throws(DeviceStoreError) in
            try await history.trails(of: group, for: user.id, from: from, to: to, steps: PrivacyFeature.trailSteps)
        }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.member("groupId", group.rawValue)
                    json.array("devices", of: trails) { json, trail in
                        json.object { json in
                            json.member("deviceId", trail.device.rawValue)
                            json.member("displayName", trail.displayName)
                            json.array("locations", of: trail.fixes) { $0.value($1) }
                        }
                    }
                }
            })
    }
}
