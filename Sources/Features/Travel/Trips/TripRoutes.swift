internal import FeatureKit
internal import HTTP
internal import Journeys
internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

/// Ways and places: `/api/v1/trips` and `/api/v1/stays`.
struct TripRoutes: Sendable {
    let store: TripStore

    static let limits = 1...100
    static let standardLimit = 50

    func register(in registry: Registry) {
        TripSchemas.define(in: registry)
        registry.add(
            Route(
                .get, "/api/v1/trips", operationID: "listTrips", summary: "List one's trips",
                description: """
                    The latest comes first. A trip's id follows from when it begins: what comes late and changes that \
                    makes another trip of it.
                    """,
                tag: StatisticsRoutes.tag, callers: .user,
                parameters: TripRoutes.page + [
                    .query("geometry", .boolean, "Whether each comes with where it went; true if not given")
                ],
                responses: [
                    RouteResponse(.ok, "A page of trips", TripSchemas.page("trips", of: "Trip"))
                ],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await trips($0) }))
        registry.add(
            Route(
                .get, "/api/v1/trips/{tripId}", operationID: "getTrip", summary: "Look at a trip",
                tag: StatisticsRoutes.tag, callers: .user, parameters: [.path("tripId", .uuid, "The trip")],
                responses: [RouteResponse(.ok, "The trip", .reference("Trip"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await trip($0) }))
        registry.add(
            Route(
                .get, "/api/v1/stays", operationID: "listStays", summary: "List where one has stayed",
                description: "The latest comes first. A stay's id follows from when it begins, as a trip's does.",
                tag: StatisticsRoutes.tag, callers: .user, parameters: TripRoutes.page,
                responses: [RouteResponse(.ok, "A page of stays", TripSchemas.page("stays", of: "Stay"))],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await stays($0) }))
    }

    private static let page: [RouteParameter] = [
        .query(
            "limit", .integer(minimum: limits.lowerBound, maximum: limits.upperBound),
            "Entries of a page; \(standardLimit) if not given"),
        .query("from", .timestamp, "Those that began then or later; RFC 3339 or milliseconds since the epoch"),
        .query("to", .timestamp, "Those that began before"),
        .cursor,
    ]

    private func trips(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try request.traveller()
        var query = QueryReader(request.query)
        let showsGeometry = query.flag("geometry") ?? true
        let page = JourneyPage(&query, list: "trips", of: user)
        try query.finish()
        let found = try await request.readingRecord { () throws(PostgresError) in
            try await store.trips(of: user, in: page.span, limit: page.limit + 1)
        }
        let shown = try found.prefix(page.limit).map { trip throws(Problem) in
            (trip.summary, try path(of: trip, request))
        }
        return .record { json in
            json.array("trips", of: shown) { json, trip in
                json.object { $0.members(of: trip.0, path: trip.1, user, showsGeometry: showsGeometry) }
            }
            json.nullable("nextCursor", page.cursor(found.map(\.summary.start)))
        }
    }

    private func trip(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try request.traveller()
        guard let id = UniqueID(request.parameter("tripId")), let start = JourneyID.start(of: id, as: .trip, of: user)
        else { throw TripRoutes.noSuchTrip }
        let found = try await request.readingRecord { () throws(PostgresError) in
            try await store.trip(of: user, at: start)
        }
        guard let trip = found else { throw TripRoutes.noSuchTrip }
        let path = try path(of: trip, request)
        return .record { $0.members(of: trip.summary, path: path, user, showsGeometry: true) }
    }

    private func stays(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try request.traveller()
        var query = QueryReader(request.query)
        let page = JourneyPage(&query, list: "stays", of: user)
        try query.finish()
        let found = try await request.readingRecord { () throws(PostgresError) in
            try await store.stays(of: user, in: page.span, limit: page.limit + 1)
        }
        return .record { json in
            json.array("stays", of: found.prefix(page.limit)) { json, stay in
                json.object { $0.members(of: stay, user) }
            }
            json.nullable("nextCursor", page.cursor(found.map(\.start)))
        }
    }

    /// - Throws: If what is stored is no path, which is a fault of ours.
    private func path(of trip: TripStore.StoredTrip, _ request: RouteRequest) throws(Problem) -> [TrackPoint] {
        guard let path = TripPath.decode(trip.path), path.count >= 2 else {
            request.logger.error("a trip's path cannot be read")
            throw Problem.internal
        }
        return path
    }

    private static let noSuchTrip = Problem(.notFound, "There is no such trip")
}

/// A page of what began in a span of time, as a query asks for it.
private struct JourneyPage: Sendable {
    let limit: Int
    let span: TripStore.Span
    private let list: String

    init(_ query: inout QueryReader, list name: String, of user: UserID) {
        limit = query.integer("limit", in: TripRoutes.limits) ?? TripRoutes.standardLimit
        let (from, to) = (query.moment("from"), query.moment("to"))
        if let from, let to, from > to { query.complain("to", "must not be before from") }
        list = "\(name)|\(user)|\(from?.milliseconds ?? .min)|\(to?.milliseconds ?? .max)"
        var end = to.map { PostgresMoment($0) } ?? .future
        if let words = query.cursor(count: 1, of: list) {
            end = PostgresMoment(Timestamp(milliseconds: Int64(bitPattern: words[0])))
        }
        span = TripStore.Span(from: from.map { PostgresMoment($0) } ?? .past, to: end)
    }

    /// - Parameter starts: Of all that were found, one more than are shown if there are more.
    func cursor(_ starts: [Timestamp]) -> String? {
        guard starts.count > limit else { return nil }
        return PageCursor.encode([UInt64(bitPattern: starts[limit - 1].milliseconds)], of: list)
    }
}
