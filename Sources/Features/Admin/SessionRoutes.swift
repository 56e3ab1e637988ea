internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

extension AdminFeature {
    func addSessionRoutes(to registry: Registry) {
        let orders = LiveSessionRequest.Order.allCases.map(\.rawValue)
        registry.add(
            Route(
                .get, "/api/v1/admin/sessions", operationID: "listSessions",
                summary: "List the open streams of this hub",
                description: """
                    By id, the oldest first, page by page; or the first of another order, without further pages.
                    """,
                tag: AdminFeature.tag, callers: .admin, ratePolicies: AdminFeature.ratePolicies,
                parameters: [
                    .query("sort", .string(values: orders), "id if not given; the others have the greatest first"),
                    .limit, .cursor,
                ],
                responses: [RouteResponse(.ok, "A page of sessions", .reference("SessionPage"))],
                errors: [.validationError], handler: .later { try await sessions($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/admin/sessions/{sessionId}", operationID: "closeSession",
                summary: "Close an open stream",
                description: "With 1008. The device may connect again; revoke its key or deactivate it to keep it out.",
                tag: AdminFeature.tag, callers: .admin, ratePolicies: AdminFeature.ratePolicies,
                parameters: [.path("sessionId", .uuid, "The session")],
                responses: [RouteResponse(.noContent, "It is closing")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await close($0) }))
    }

    private func sessions(_ request: RouteRequest) async throws -> HTTPResponse {
        var query = QueryReader(request.query)
        let limit = query.limit()
        let order = query.text("sort").map { LiveSessionRequest.Order(rawValue: $0) } ?? .id
        if order == nil {
            query.complain(
                "sort",
                "must be one of " + LiveSessionRequest.Order.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let position = query.cursor(count: 2, of: "sessions")
        if position != nil, order != .id { query.complain("cursor", "goes with no order but id") }
        try query.finish()
        let last = position.map { SessionID(UniqueID(high: $0[0], low: $0[1])) }
        let page = await core.sessions.list(LiveSessionRequest(order: order ?? .id, after: last, limit: limit + 1))
        core.audit.note(request, .done)
        let now = services.clock.now
        let shown = page.sessions.prefix(limit)
        return .unkept(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("sessions", of: shown) { json, session in
                        json.object { $0.members(of: session, at: now) }
                    }
                    json.member("total", page.total)
                    if order == .id, page.sessions.count > limit, let last = shown.last {
                        json.member(
                            "nextCursor",
                            PageCursor.encode([last.id.rawValue.high, last.id.rawValue.low], of: "sessions"))
                    } else {
                        json.null("nextCursor")
                    }
                }
            })
    }

    private func close(_ request: RouteRequest) async throws -> HTTPResponse {
        guard let id = UniqueID(request.parameter("sessionId")).map(SessionID.init) else {
            throw Problem(.notFound, "Session not found")
        }
        var entry = try note(request, at: services.clock.now, target: id.description)
        entry.outcome = .started
        // On record before it is done.
        try await request.asking { [entry] () throws(DeviceStoreError) in try await core.audit.write(entry) }
        let isClosed = await core.sessions.close(id)
        entry.outcome = isClosed ? .done : .notFound
        entry.affected = isClosed ? 1 : 0
        try await request.asking { [entry] () throws(DeviceStoreError) in try await core.audit.write(entry) }
        guard isClosed else { throw Problem(.notFound, "Session not found") }
        return HTTPResponse(.noContent)
    }
}

extension JSONWriter {
    fileprivate mutating func members(of session: LiveSession, at now: Timestamp) {
        let traffic = session.traffic
        // A session of this very millisecond has no rate yet.
        let seconds = max(Double(now.milliseconds - session.openedAt.milliseconds) / 1000, 0.001)
        member("sessionId", session.id.rawValue)
        member("deviceId", session.device?.rawValue)
        member("groupId", session.group?.rawValue)
        member("loop", session.loop)
        member("protocol", session.dialect)
        member("openedAt", session.openedAt)
        member("keyId", session.credential.key?.rawValue)
        member("userId", session.credential.user?.rawValue)
        member("address", session.address)
        member("queuedBytes", session.queuedBytes)
        member("pendingAcks", session.pendingAcks)
        member("watches", session.watches)
        member("messagesIn", Int(traffic.messagesIn))
        member("messagesOut", Int(traffic.messagesOut))
        member("bytesIn", Int(traffic.bytesIn))
        member("bytesOut", Int(traffic.bytesOut))
        member("messagesInPerSecond", Double(traffic.messagesIn) / seconds)
        member("messagesOutPerSecond", Double(traffic.messagesOut) / seconds)
        member("bytesInPerSecond", Double(traffic.bytesIn) / seconds)
        member("bytesOutPerSecond", Double(traffic.bytesOut) / seconds)
    }
}
