internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

/// What somebody did for the first time, and when: `/api/v1/visits/timeline`.
struct TimelineRoutes: Sendable {
    let store: TimelineStore

    private static let limits = 1...100
    private static let standardLimit = 50
    private static let offsets = 0...1_000_000

    func register(in registry: Registry) {
        registry.define("TimelineEvent", TimelineRoutes.event)
        registry.add(
            Route(
                .get, "/api/v1/visits/timeline", operationID: "listTimeline",
                summary: "List when one first was where, and how many cells that made",
                description: """
                    The latest comes first; of one moment a country before its region, before a number of cells. What \
                    comes late or from an import can change when something was first. Pages by `offset` shift when \
                    something is discovered meanwhile, those by `cursor` do not.
                    """,
                tag: StatisticsRoutes.tag, callers: .user,
                parameters: [
                    .query(
                        "limit",
                        .integer(minimum: TimelineRoutes.limits.lowerBound, maximum: TimelineRoutes.limits.upperBound),
                        "Events of a page; \(TimelineRoutes.standardLimit) if not given"),
                    .query(
                        "offset",
                        .integer(minimum: 0, maximum: TimelineRoutes.offsets.upperBound),
                        "Events that are left out; not with `cursor`"),
                    .query(
                        "type", .string(values: ["country", "region", "milestone"]), "Only these; all if not given"),
                    .cursor,
                ],
                responses: [
                    RouteResponse(
                        .ok, "A page of events",
                        .object([
                            .required("totalEvents", .integer(minimum: 0), "Of the type that was asked for"),
                            .required("events", .array(of: .reference("TimelineEvent"))),
                            .required("nextCursor", .nullable(.string()), "For the next page; null if there is none"),
                        ]))
                ],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await list($0) }))
    }

    private func list(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try request.traveller()
        var query = QueryReader(request.query)
        let limit = query.integer("limit", in: TimelineRoutes.limits) ?? TimelineRoutes.standardLimit
        let offset = query.integer("offset", in: TimelineRoutes.offsets)
        let type = query.text("type")
        let kind = type.flatMap { TimelineEvent.Kind($0) }
        if type != nil, kind == nil { query.complain("type", "must be country, region or milestone") }
        let list = "timeline|\(user)|\(kind?.rawValue ?? 0)"
        var position: TimelineEvent.Position?
        if let words = query.cursor(count: 3, of: list) {
            position = TimelineEvent.Position(words: words)
            if position == nil { query.complain("cursor", "is not one of this list") }
            if offset != nil { query.complain("offset", "does not go with a cursor") }
        }
        try query.finish()
        let after = position
        let found = try await request.readingRecord { () throws(PostgresError) in
            try await store.events(of: user, kind: kind, after: after, offset: offset ?? 0, limit: limit + 1)
        }
        let page = found.events.prefix(limit)
        let last = found.events.count > limit ? page.last?.position : nil
        let cursor = last.map { PageCursor.encode($0.words, of: list) }
        return .record { json in
            json.member("totalEvents", found.total)
            json.array("events", of: page) { json, event in json.object { $0.members(of: event) } }
            json.nullable("nextCursor", cursor)
        }
    }

    private static let event = Schema.oneOf([
        .object([
            .required("type", .string(values: ["country_discovered"])), .required("timestamp", .timestamp),
            .required(
                "data",
                .object([
                    .required("code", .string()), .required("name", .string()),
                    .required("cellH3", .string(), "The first cell there"),
                ])),
        ]),
        .object([
            .required("type", .string(values: ["region_discovered"])), .required("timestamp", .timestamp),
            .required(
                "data",
                .object([
                    .required("code", .string()), .required("name", .string()), .required("countryCode", .string()),
                    .required("countryName", .string()), .required("cellH3", .string(), "The first cell there"),
                ])),
        ]),
        .object([
            .required("type", .string(values: ["milestone_reached"])), .required("timestamp", .timestamp),
            .required(
                "data",
                .object([
                    .required("milestone", .string(), "Such as `100_cells`"), .required("count", .integer(minimum: 1)),
                    .required("cellH3", .string(), "The cell that made it so many"),
                ])),
        ]),
    ])
}

extension JSONWriter {
    fileprivate mutating func members(of event: TimelineEvent) {
        let type: String =
            switch event.kind {
            case .country: "country_discovered"
            case .region: "region_discovered"
            case .milestone: "milestone_reached"
            }
        member("type", type)
        member("timestamp", event.at)
        object("data") { json in
            switch event.content {
            case .country(let code, let name):
                json.member("code", code)
                json.member("name", name)
            case .region(let code, let name, let country, let countryName):
                json.member("code", code)
                json.member("name", name)
                json.member("countryCode", country)
                json.member("countryName", countryName)
            case .milestone(let count):
                json.member("milestone", "\(count)_cells")
                json.member("count", count)
            }
            json.member("cellH3", cell: event.cell)
        }
    }
}
