internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension PrivacyFeature {
    func addHistoryRoutes(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/devices/{deviceId}/locations", operationID: "listLocations",
                summary: "Where a device was",
                description: "Its stored locations, the newest first. Works for inactive devices too.",
                tag: PrivacyFeature.tag, callers: [.apiKey, .user],
                parameters: [
                    .path("deviceId", .uuid, "The device"),
                    .query("from", .timestamp, "Not before this moment"),
                    .query("to", .timestamp, "Before this moment"),
                    .limit, .cursor,
                ],
                responses: [RouteResponse(.ok, "A page of locations", .reference("LocationPage"))],
                errors: [.notFound, .validationError, .serviceUnavailable],
                handler: .later { try await locations($0) }))
        registry.add(
            Route(
                .get, "/api/v1/groups/{groupId}/at", operationID: "getGroupAt",
                summary: "Where everybody of a group was",
                description: """
                    Each of today's active members with its last location at or before `time`. Who was a member then is \
                    not recorded, so that users, who see no more than what was while they were members, may not ask.
                    """,
                tag: PrivacyFeature.tag, callers: .apiKey,
                parameters: [
                    .path("groupId", .string(length: 2...50), "The group"),
                    .query("time", .timestamp, required: true, "The moment"),
                    .query(
                        "maxAgeSeconds", .integer(minimum: 0, maximum: 315_360_000),
                        "Leave out locations that were older than this at that moment"),
                ],
                responses: [RouteResponse(.ok, "The members", .reference("Whereabouts"))],
                errors: [.notFound, .missingField, .validationError, .serviceUnavailable],
                handler: .later { try await whereabouts($0) }))
    }

    private func locations(_ request: RouteRequest) async throws -> HTTPResponse {
        let id = try await device(of: request)
        var query = QueryReader(request.query)
        let (from, to, limit) = (query.moment("from"), query.moment("to"), query.limit())
        let list = "locations|\(id)|\(from?.milliseconds ?? .min)|\(to?.milliseconds ?? .max)"
        let position = query.cursor(count: 1, of: list).map { PostgresMoment(rawValue: Int64(bitPattern: $0[0])) }
        if let from, let to, to < from { query.complain("to", "must not be before from") }
        try query.finish()
        let isKnown =
            try await request.asking { () throws(DeviceStoreError) in try await core.devices.device(id) } != nil
        guard isKnown else { throw PrivacyFeature.deviceNotFound }
        let page = try await request.asking { () throws(DeviceStoreError) in
            try await history.locations(of: id, from: from, to: to, before: position, limit: limit)
        }
        let next = page.next.map { PageCursor.encode([UInt64(bitPattern: $0.rawValue)], of: list) }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("locations", of: page.fixes) { $0.value($1) }
                    json.nullable("nextCursor", next)
                }
            })
    }

    private func whereabouts(_ request: RouteRequest) async throws -> HTTPResponse {
        guard let group = GroupID(request.parameter("groupId")) else { throw Problem.notFound }
        try await core.visibility.require(group, by: request.principal)
        var query = QueryReader(request.query)
        let time = query.requiredMoment("time")
        let maxAge = query.integer("maxAgeSeconds", in: 0...315_360_000)
        try query.finish()
        guard let time else { throw Problem.internal }
        let earliest = maxAge.map { time.advanced(by: .seconds(-$0)) }
        let members = try await request.asking { () throws(DeviceStoreError) in
            try await history.whereabouts(of: group, at: time, since: earliest)
        }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.member("groupId", group.rawValue)
                    json.member("time", time)
                    json.array("devices", of: members) { json, member in
                        json.object { json in
                            json.member("deviceId", member.device.rawValue)
                            json.member("displayName", member.displayName)
                            guard let fix = member.fix else {
                                json.null("location")
                                json.null("ageSeconds")
                                return
                            }
                            json.name("location")
                            json.value(fix)
                            json.member("ageSeconds", Double(time.milliseconds - fix.capturedAt.milliseconds) / 1000)
                        }
                    }
                }
            })
    }
}
