internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

extension PrivacyFeature {
    /// Locations read at a time, which is what an export needs memory for.
    private static let pageRows = 500
    /// Locations written in one turn of the loop, so that nobody's events wait for an export: some 60 µs.
    private static let sliceRows = 50
    /// Between two pages, so that an export takes a tenth of the loop and not all that is left of it.
    private static let pageRest = Duration.milliseconds(3)
    /// How long a client may take for one page; one that takes longer is cut off, so that no snapshot is kept for ever.
    private static let pageTime = Duration.seconds(60)

    func addExportRoute(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/devices/{deviceId}/data-export", operationID: "exportDeviceData",
                summary: "Everything that is stored of a device",
                description: """
                    As it is at one moment: what is reported or erased meanwhile is not in it. It is sent while it is read; \
                    an answer that ends early is cut, not ended. Works for inactive devices too. At most \
                    \(ExportSlots.capacity) exports are under way at the same time.
                    """,
                tag: PrivacyFeature.tag, callers: [.apiKey, .user],
                parameters: [
                    .path("deviceId", .uuid, "The device"),
                    .query(
                        "format", .string(values: ExportFormat.allCases.map(\.rawValue)),
                        "Goes before Accept; json if neither says"),
                ],
                responses: [RouteResponse(.ok, "The export", .reference("DeviceExport"))]
                    + ExportFormat.allCases.dropFirst().map {
                        RouteResponse(.ok, "The export", .string(), mediaType: $0.mediaType)
                    },
                errors: [.notFound, .validationError, .notAcceptable, .serviceUnavailable],
                handler: .streaming { try await export($0, $1) }))
    }

    private func export(_ request: RouteRequest, _ responder: HTTPResponder) async throws {
        let id = try await device(of: request)
        let format = try ExportFormat.chosen(by: request)
        guard exports.take() else {
            throw Problem(.serviceUnavailable, "As many exports are under way as there may be", retryAfter: 5)
        }
        defer { exports.giveBack() }
        let isKnown: Bool?
        do {
            isKnown = try await history.export(of: id) { export in
                try await send(export, as: format, request, responder)
                return true
            }
        } catch let error as PostgresError where !responder.isAnswered {
            request.logger.warning("export not begun", ["error": .string(error.description)])
            throw Problem.databaseUnavailable
        } catch let error as DeviceStoreError where !responder.isAnswered {
            request.log(error)
            throw Problem(error)
        }
        guard isKnown == nil else { return }
        core.audit.note(request, .notFound)
        throw PrivacyFeature.deviceNotFound
    }

    /// - Throws: Only before the answer has begun.
    private func send(
        _ export: DeviceExport, as format: ExportFormat, _ request: RouteRequest, _ responder: HTTPResponder
    ) async throws {
        let now = services.clock.now
        let target = export.device.id.description
        guard
            var note = request.auditEntry(.started, at: now, target: target, detail: "format=\(format.rawValue)")
        else { throw Problem.forbidden }
        // On record before the first byte leaves.
        try await core.audit.write(note)
        try Task.checkCancellation()
        let (outcome, count) = await stream(export, at: now, as: format, request, responder)
        note.outcome = outcome
        note.affected = count
        note.at = services.clock.now
        do throws(DeviceStoreError) {
            try await core.audit.write(note)
        } catch {
            request.logger.warning("the end of an export was not noted")
        }
    }

    private func stream(
        _ export: DeviceExport, at now: Timestamp, as format: ExportFormat, _ request: RouteRequest,
        _ responder: HTTPResponder
    ) async -> (AuditOutcome, locations: Int) {
        var head = HTTPResponse(.ok, contentType: format.contentType)
        head.headers.append(
            "Content-Disposition", "attachment; filename=\"device-\(export.device.id).\(format.rawValue)\"")
        head.headers.append("Cache-Control", "no-store")
        let writer = responder.startStreaming(head)
        guard request.http.method != .head else {
            writer.finish()
            return (.done, 0)
        }
        var text = format.makeText()
        var bytes: [UInt8] = []
        text.begin(ExportSubject(export, at: now), to: &bytes)
        var count = 0
        var last: PostgresMoment?
        do throws(PostgresError) {
            while let page = try await export.page(after: last, rows: PrivacyFeature.pageRows) {
                last = page.last
                for row in 0..<page.rowCount {
                    if row > 0, row.isMultiple(of: PrivacyFeature.sliceRows) { await writer.nextTurn() }
                    guard let location = page.location(ofRow: row) else { continue }
                    text.append(location, to: &bytes)
                    count += 1
                }
                writer.write(bytes)
                bytes = []
                guard await writer.drained(within: PrivacyFeature.pageTime) else {
                    writer.abort()
                    return (.cutOff, count)
                }
                if page.rowCount == PrivacyFeature.pageRows { await writer.rest(for: PrivacyFeature.pageRest) }
            }
        } catch {
            request.logger.warning("export broken off", ["error": .string(error.description)])
            writer.abort()
            return (.failed, count)
        }
        text.end(to: &bytes)
        writer.write(bytes)
        guard await writer.drained(within: PrivacyFeature.pageTime) else {
            writer.abort()
            return (.cutOff, count)
        }
        writer.finish()
        return (.done, count)
    }
}
