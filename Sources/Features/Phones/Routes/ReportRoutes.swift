internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

extension PhonesFeature {
    func addOwnTracksRoute(to registry: Registry) {
        registry.add(
            Route(
                .post, PhonesFeature.ownTracksPath, operationID: "reportByOwnTracks",
                summary: "Report as the OwnTracks app does",
                description: """
                    A message of OwnTracks' HTTP mode, or an array of them; `location` counts, all others are answered and \
                    ignored. The token of the device (`POST /api/v1/devices/{deviceId}/ingest-token`) is the password of \
                    HTTP's basic authentication. What is too old for the live routes is dropped. The answer to a request \
                    of which a location was stored has the other members of the group, as cards and locations, which the \
                    app lists as friends; any other is answered with an empty array. An array has at most \
                    \(OwnTracksReport.mostMessages) messages, and the policy `phone` counts the device once for every \
                    \(core.decoder.limits.fixesPerBatch) locations.
                    """,
                tag: PhonesFeature.tag, callers: .anyone,
                content: RequestContent(
                    .any, required: false,
                    example: .object([
                        .init(name: "_type", value: .string("location")), .init(name: "lat", value: .number(48.2082)),
                        .init(name: "lon", value: .number(16.3738)), .init(name: "tst", value: .integer(1_764_151_200)),
                        .init(name: "acc", value: .integer(12)), .init(name: "batt", value: .integer(81)),
                    ])),
                responses: [RouteResponse(.ok, "Stored", .reference("OwnTracksMessages"))],
                errors: [.unauthorized, .notFound, .serviceUnavailable],
                handler: .later { try await takeOwnTracks($0) }))
    }

    func addOsmAndRoutes(to registry: Registry) {
        let description = """
            A position as parameters of the query or of a form, or as the JSON of newer Traccar Clients. `key`, `id` or \
            `device_id` is the token of the device (`POST /api/v1/devices/{deviceId}/ingest-token`). What is too old for the \
            live routes is answered and dropped.
            """
        for (method, id) in [(HTTPMethod.get, "reportByOsmAnd"), (.post, "postByOsmAnd")] {
            registry.add(
                Route(
                    method, PhonesFeature.osmAndPath, operationID: id,
                    summary: "Report as OsmAnd and Traccar Client do", description: description,
                    tag: PhonesFeature.tag, callers: .anyone,
                    parameters: [
                        .query("key", .string(), "The token; `id` does as well"),
                        .query("lat", .number(minimum: -90, maximum: 90), "Degrees north"),
                        .query("lon", .number(minimum: -180, maximum: 180), "Degrees east"),
                        .query(
                            "timestamp", .string(), "Seconds or milliseconds since the epoch, or ISO 8601; else now"),
                        .query("accuracy", .number(minimum: 0), "Metres"),
                        .query("hdop", .number(minimum: 0), "In place of it; metres if OsmAnd sends it"),
                        .query("altitude", .number(), "Metres"),
                        .query("speed", .number(minimum: 0), "Knots, unless `speedUnit` is `mps` or OsmAnd sends it"),
                        .query("speedUnit", .string(values: ["kn", "mps"])),
                        .query("bearing", .number(minimum: 0, maximum: 360), "Degrees from north"),
                        .query("batt", .number(minimum: 0, maximum: 100), "Per cent"),
                    ],
                    responses: [RouteResponse(.ok, "Stored", mediaType: "text/plain")],
                    errors: [.unauthorized, .validationError, .invalidFormat, .notFound, .serviceUnavailable],
                    handler: .later { try await takeOsmAnd($0) }))
        }
    }

    private func takeOwnTracks(_ request: RouteRequest) async throws -> HTTPResponse {
        let device = try await device(of: request, or: [])
        let report = try OwnTracksReport(request.body)
        let found = try PhoneFixes(report.positions, rules: core.decoder.rules, at: services.clock.now) {
            report.name(of: $1, at: $0)
        }
        try await store(found, of: device, by: .ownTracks, for: request)
        // Whoever only asks is told nothing: a token is for reporting.
        let friends = found.fixes.isEmpty ? [] : await core.live.neighbours(of: device)
        return .json(OwnTracksFriends.bytes(friends))
    }

    private func takeOsmAnd(_ request: RouteRequest) async throws -> HTTPResponse {
        let now = services.clock.now
        let credentials = OsmAndReport.credentials(query: request.query, body: request.body)
        let device = try await device(of: request, or: credentials)
        let report = try OsmAndReport(
            query: request.query, body: request.body, agent: request.headers["User-Agent"], at: now)
        let positions = report.position.map { [$0] } ?? []
        let found = try PhoneFixes(positions, rules: core.decoder.rules, at: now) { OsmAndReport.name(of: $1) }
        try await store(found, of: device, by: .osmAnd, for: request)
        return .text("")
    }

    /// Whose token came with the request, counted by it.
    private func device(of request: RouteRequest, or others: [String]) async throws(Problem) -> DeviceID {
        guard let token = PhoneCredentials.token(in: request.headers, or: others) else {
            throw PhoneCredentials.refusal
        }
        let device = try await request.asking { () throws(DeviceStoreError) in try await tokens.device(token) }
        guard let device else { throw PhoneCredentials.refusal }
        try request.count(device, by: PhonesFeature.ratePolicy)
        return device
    }

    /// In units that the journal takes whole. The device is counted for each: for the first when its token was known.
    ///
    /// - Throws: 429 for a unit that is one too many; those before it stay stored.
    private func store(
        _ found: PhoneFixes, of device: DeviceID, by app: PhoneMetrics.App, for request: RouteRequest
    ) async throws(Problem) {
        metrics.count(app, .late, found.late)
        var rest = found.fixes[...]
        var isFirst = true
        while !rest.isEmpty {
            let unit = Array(rest.prefix(core.decoder.limits.fixesPerBatch))
            rest = rest.dropFirst(unit.count)
            if !isFirst { try request.count(device, by: PhonesFeature.ratePolicy) }
            isFirst = false
            try await intake.take(unit, of: device)
            metrics.count(app, .stored, unit.count)
        }
    }
}
