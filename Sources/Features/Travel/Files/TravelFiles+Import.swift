internal import Configuration
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Jobs
internal import Model
internal import Persistence
internal import Telemetry
internal import TrackFiles
internal import Wire

extension TravelFiles {
    func addImportRoutes(to registry: Registry) {
        let id = RouteParameter.path("importId", .uuid, "The import")
        registry.add(
            Route(
                .post, "/api/v1/travel/imports", operationID: "importTrack", summary: "Send a file of tracks",
                description: """
                    GPX, GeoJSON, CSV, Google Timeline or OwnTracks, as it is or compressed by gzip, of any media type. It is \
                    read while it is sent, and answered once it is stored; a job then reads its points and works them into the \
                    record. A moment that is there already stays as it is. At most \(PostgresImportStore.underWay) imports of \
                    one person may be under way.
                    """,
                tag: TravelFiles.tag, callers: .user,
                parameters: [
                    .query(
                        "format", .string(values: TrackFormat.allCases.map(\.rawValue)),
                        "What it is; found out if it is not said"),
                    .query("name", .string(length: 1...200), "What to call it"),
                ],
                content: RequestContent(.string(), mediaType: "application/octet-stream"),
                responses: [RouteResponse(.accepted, "It is stored", .reference("TravelImport"))],
                errors: [.missingField, .conflict, .serviceUnavailable, .requestTimeout],
                maximumBody: services.configuration.travel.importBytes,
                handler: .receiving { try await receive($0, $1) }))
        registry.add(
            Route(
                .get, "/api/v1/travel/imports", operationID: "listImports", summary: "Your imports, the newest first",
                tag: TravelFiles.tag, callers: .user, parameters: [.limit, .cursor],
                responses: [
                    RouteResponse(
                        .ok, "A page of imports",
                        .object([
                            .required("imports", .array(of: .reference("TravelImport"))),
                            .required("nextCursor", .nullable(.string())),
                        ]))
                ],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await list($0) }))
        registry.add(
            Route(
                .get, "/api/v1/travel/imports/{importId}", operationID: "getImport", summary: "How an import gets on",
                tag: TravelFiles.tag, callers: .user, parameters: [id],
                responses: [RouteResponse(.ok, "The import", .reference("TravelImport"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await show($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/travel/imports/{importId}", operationID: "cancelImport", summary: "Give an import up",
                description: "Points that were read stay. One whose points are being worked in is not to be given up.",
                tag: TravelFiles.tag, callers: .user, parameters: [id],
                responses: [RouteResponse(.noContent, "It is given up")],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await cancel($0) }))
    }

    private func receive(_ request: RouteRequest, _ content: HTTPBodyReader) async throws -> HTTPResponse {
        let user = try user(of: request)
        var query = QueryReader(request.query)
        let format = query.text("format").flatMap { text in TrackFormat(rawValue: text) }
        if format == nil, query.text("format") != nil {
            query.complain("format", "must be one of \(TrackFormat.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let name = query.text("name") ?? "track"
        if !(1...200).contains(name.unicodeScalars.count) || name.unicodeScalars.contains(where: { $0.value < 32 }) {
            query.complain("name", "must be 1 to 200 characters of one line")
        }
        try query.finish()
        guard uploads.take() else {
            throw Problem(.serviceUnavailable, "As many files are being sent as may be", retryAfter: 5)
        }
        defer { uploads.giveBack() }
        // As much as it says; of one that does not say, each piece.
        try checkRoom(for: request.headers["Content-Length"].flatMap { Int($0) } ?? PostgresImportStore.pieceBytes)
        let now = services.clock.now
        let id = UniqueID.version7(at: now)
        let hasBegun = try await asking(request) { () throws(PostgresError) in
            try await records.ensure(user)
            return try await store.begin(id, of: user, name: name, format: format?.rawValue, at: now)
        }
        guard hasBegun else {
            throw Problem(
                .conflict, "As many imports are under way as may be (\(PostgresImportStore.underWay))", retryAfter: 5)
        }
        do {
            try await store(content, as: id, format, request)
        } catch {
            // Whatever it was, a part of a file is of no use. If this fails too, the upkeep removes it.
            try? await store.remove(id)
            throw error
        }
        return try await answer(id, of: user, request, status: .accepted)
    }

    /// - Throws: 503 if the disk has none.
    private func checkRoom(for bytes: Int) throws(Problem) {
        guard !room.holds(bytes) else { return }
        meters.refusedForRoom.increment()
        throw Problem(
            .serviceUnavailable, "The disk has no room for the file",
            details: [FieldError(field: "body", message: "no_room: The disk has no room for the file")],
            retryAfter: 3600)
    }

    /// Stores the content in pieces, and orders the job.
    private func store(
        _ content: HTTPBodyReader, as id: UniqueID, _ format: TrackFormat?, _ request: RouteRequest
    ) async throws {
        var piece: [UInt8] = []
        var number = 0
        var detector: FormatDetector? = FormatDetector()
        let gone = Problem(.conflict, "The import was given up")
        while let bytes = try await content.read() {
            if number == 0, piece.isEmpty, bytes.first == 0x1F { detector = nil }
            detector?.append(bytes.span)
            if let kind = detector?.kind(isLast: false) {
                detector = nil
                // What can be said of it at once is, before the rest is sent.
                if let refusal = kind.refusal(said: format) { throw Problem(refusal) }
            }
            piece += bytes
            guard piece.count >= PostgresImportStore.pieceBytes else { continue }
            try checkRoom(for: piece.count)
            let isWanted = try await asking(request) { [piece, number] () throws(PostgresError) in
                try await store.add(piece, number: number, to: id, at: services.clock.now)
            }
            guard isWanted else { throw gone }
            number += 1
            piece.removeAll(keepingCapacity: true)
        }
        if let refusal = detector?.kind(isLast: true)?.refusal(said: format) { throw Problem(refusal) }
        let isWanted = try await asking(request) { [piece, number] () throws(PostgresError) in
            let now = services.clock.now
            if !piece.isEmpty {
                guard try await store.add(piece, number: number, to: id, at: now) else { return false }
            }
            let job = ImportReading.job.job(id, dedupeKey: id.description, id: .version7(at: now))
            return try await store.received(id, at: now, job: job)
        }
        guard isWanted else { throw gone }
        await services.jobs?.wake()
    }

    private func list(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try user(of: request)
        var query = QueryReader(request.query)
        let limit = query.limit()
        let name = "imports|\(user)"
        let position = query.cursor(count: 3, of: name).map {
            (PostgresMoment(rawValue: Int64(bitPattern: $0[0])), UniqueID(high: $0[1], low: $0[2]))
        }
        try query.finish()
        let page = try await asking(request) { () throws(PostgresError) in
            try await store.list(of: user, after: position, limit: limit)
        }
        let next = page.last.map { moment, id in
            PageCursor.encode([UInt64(bitPattern: moment.rawValue), id.high, id.low], of: name)
        }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("imports", of: page.imports) { json, file in
                        json.object { file.members(to: &$0) }
                    }
                    if let next { json.member("nextCursor", next) } else { json.null("nextCursor") }
                }
            })
    }

    private func show(_ request: RouteRequest) async throws -> HTTPResponse {
        try await answer(importID(of: request), of: user(of: request), request)
    }

    private func cancel(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try importID(of: request))
        let now = services.clock.now
        let isCancelled = try await asking(request) { () throws(PostgresError) in
            try await store.cancel(id, of: user, at: now)
        }
        if isCancelled {
            try await asking(request) { () throws(PostgresError) in try await store.removePieces(of: id) }
            return HTTPResponse(.noContent)
        }
        let known = try await asking(request) { () throws(PostgresError) in try await store.get(id) }
        guard let known, known.user == user else { throw TravelFiles.noImport }
        // Giving up twice is no mistake.
        guard known.state != .cancelled else { return HTTPResponse(.noContent) }
        throw Problem(.conflict, "The import cannot be given up any more")
    }

    private func importID(of request: RouteRequest) throws(Problem) -> UniqueID {
        guard let id = UniqueID(request.parameter("importId")) else { throw TravelFiles.noImport }
        return id
    }

    private func answer(
        _ id: UniqueID, of user: UserID, _ request: RouteRequest, status: HTTPStatus = .ok
    ) async throws(Problem) -> HTTPResponse {
        let known = try await asking(request) { () throws(PostgresError) in try await store.get(id) }
        guard let known, known.user == user else { throw TravelFiles.noImport }
        return .json(JSONWriter.bytes { $0.object { known.members(to: &$0) } }, status: status)
    }
}

extension Problem {
    /// A file that is no file of tracks, or not the one that it was said to be.
    init(_ error: TrackFileError) {
        self.init(
            .invalidFormat, error.message,
            details: [FieldError(field: "body", message: "\(error.code): \(error.message)")])
    }
}
