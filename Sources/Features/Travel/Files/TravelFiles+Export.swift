internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Journeys
internal import Model
internal import Persistence
internal import Telemetry
internal import TrackFiles
internal import Wire

extension TravelFiles {
    /// Points that are read at a time, which is what an export needs memory for.
    private static let pagePoints = 2000
    /// Points written in one turn of the loop, so that nobody's events wait for an export.
    private static let slicePoints = 100
    /// Between two pages, so that an export takes a part of the loop and not all that is left of it.
    private static let pageRest = Duration.milliseconds(3)
    /// How long a client may take for one page.
    private static let pageTime = Duration.seconds(60)

    func addExportRoute(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/travel/export", operationID: "exportTrack", summary: "Where you have been, as a file",
                description: """
                    All points that your record is made of, in order: those of imports and ingestion, and live ones as long as \
                    they are kept. It is sent while it is read; an answer that ends early is cut, not ended. One \
                    export of a person at a time.
                    """,
                tag: TravelFiles.tag, callers: .user,
                parameters: [
                    .query(
                        "format", .string(values: TrackFileWriter.Format.allCases.map(\.rawValue)),
                        "gpx if it is not said"),
                    .query("from", .timestamp, "Not before this moment"),
                    .query("to", .timestamp, "Before this moment"),
                ],
                responses: TrackFileWriter.Format.allCases.map {
                    RouteResponse(.ok, "The file", .string(), mediaType: $0.mediaType)
                },
                errors: [.validationError, .conflict, .serviceUnavailable],
                handler: .streaming { try await export($0, $1) }))
    }

    private func export(_ request: RouteRequest, _ responder: HTTPResponder) async throws {
        let user = try user(of: request)
        var query = QueryReader(request.query)
        let format = TrackFileWriter.Format(rawValue: query.text("format") ?? "gpx")
        if format == nil {
            let names = TrackFileWriter.Format.allCases.map(\.rawValue).joined(separator: ", ")
            query.complain("format", "must be one of \(names)")
        }
        let (from, to) = (query.moment("from"), query.moment("to"))
        if let from, let to, to < from { query.complain("to", "must not be before from") }
        try query.finish()
        guard let format else { throw Problem.internal }
        let writer: HTTPBodyWriter
        var isWhole = request.http.method == .head
        do {
            guard exporters.take(user) else {
                throw Problem(.conflict, "An export of yours is under way", retryAfter: 5)
            }
            defer { exporters.giveBack(user) }
            guard exports.take() else {
                throw Problem(.serviceUnavailable, "As many exports are under way as there may be", retryAfter: 5)
            }
            defer { exports.giveBack() }
            let end = to ?? Timestamp.writable.upperBound
            var next: Timestamp? = from ?? Timestamp.writable.lowerBound
            // The first page before the answer, so that a database that is away is told.
            var page = try await points(of: user, &next, end, request)
            var head = HTTPResponse(.ok, contentType: format.contentType)
            head.headers.append("Content-Disposition", "attachment; filename=\"track.\(format.rawValue)\"")
            head.headers.append("Cache-Control", "no-store")
            writer = responder.startStreaming(head)
            var file = TrackFileWriter(format)
            var bytes: [UInt8] = []
            file.begin(to: &bytes)
            while !isWhole {
                for (number, point) in page.enumerated() {
                    if number > 0, number.isMultiple(of: TravelFiles.slicePoints) { await writer.nextTurn() }
                    guard let place = Coordinate(latitude: point.latitude, longitude: point.longitude) else { continue }
                    file.append(TrackFilePoint(time: point.time, coordinate: place), to: &bytes)
                }
                let isLast = next == nil
                if isLast { file.end(to: &bytes) }
                writer.write(bytes)
                bytes = []
                guard await writer.drained(within: TravelFiles.pageTime) else { break }
                isWhole = isLast
                guard !isLast else { break }
                await writer.rest(for: TravelFiles.pageRest)
                do {
                    page = try await points(of: user, &next, end, request)
                } catch {
                    break
                }
            }
        }
        // With the slots free again: whoever has the end may ask for the next one at once.
        if isWhole { writer.finish() } else { writer.abort() }
    }

    private func points(
        of user: UserID, _ next: inout Timestamp?, _ end: Timestamp, _ request: RouteRequest
    ) async throws(Problem) -> [TrackPoint] {
        guard let start = next else { return [] }
        let page = try await asking(request) { () throws(PostgresError) in
            try await store.points(of: user, from: start, to: end, limit: TravelFiles.pagePoints)
        }
        next = page.next
        return page.points
    }
}

extension TrackFileWriter.Format {
    var contentType: ContentType {
        switch self {
        case .gpx: ContentType("application/gpx+xml; charset=utf-8")
        case .geojson: ContentType("application/geo+json")
        case .csv: ContentType("text/csv; charset=utf-8; header=present")
        }
    }
}
