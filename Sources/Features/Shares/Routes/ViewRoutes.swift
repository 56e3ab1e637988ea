internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

extension SharesFeature {
    func addViewRoutes(to registry: Registry) {
        let parameters: [RouteParameter] = [.path("token", .string(length: 43...43), "From the link")]
        registry.add(
            Route(
                .get, "/api/v1/shares/view/{token}", operationID: "viewShare", summary: "Look at what is shared",
                description: """
                    Needs no account. A link that is unknown, revoked, over, or of a device that is not active any more is \
                    answered in one way.
                    """,
                tag: SharesFeature.tag, callers: .anyone, ratePolicies: [SharesFeature.ratePolicy],
                parameters: parameters,
                responses: [RouteResponse(.ok, "Where it is", .reference("SharedPosition"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await view($0) }))
        registry.add(
            Route(
                .get, "/api/v1/shares/view/{token}/events", operationID: "watchShare",
                summary: "Follow what is shared",
                description: """
                    A stream of events (`text/event-stream`): `position`, with what the view answers, at once and at every \
                    change, four times a second at most; a comment every 15 seconds; and `end` when there is nothing to be \
                    seen any more, after which it is not asked for again. Ten are open \
                    from one network address at most.
                    """,
                tag: SharesFeature.tag, callers: .anyone, ratePolicies: [SharesFeature.ratePolicy],
                parameters: parameters,
                responses: [RouteResponse(.ok, "Events", .string(), mediaType: "text/event-stream")],
                errors: [.notFound, .serviceUnavailable], handler: .streaming { try await follow($0, $1) }))
    }

    private func view(_ request: RouteRequest) async throws -> HTTPResponse {
        let (_, share) = try await share(of: request)
        guard let sight = try await sight(of: share, for: request) else { throw SharesFeature.notFound }
        var response = HTTPResponse.json(
            SharedPosition(sight, until: share.expiresAt).json(at: services.clock.now))
        response.headers.append("Cache-Control", "no-store")
        return response
    }

    private func follow(_ request: RouteRequest, _ responder: HTTPResponder) async throws {
        let (token, share) = try await share(of: request)
        guard try await sight(of: share, for: request) != nil else { throw SharesFeature.notFound }
        let bell = ShareBell(share.id, from: request.origin.address)
        switch audience.enter(bell) {
        case .admitted: break
        case .full: throw Problem(.serviceUnavailable, "As many people look as may", retryAfter: 30)
        case .tooManyOfAddress:
            throw Problem(.rateLimitExceeded, "As many views are open from this address as may be", retryAfter: 30)
        }
        defer { audience.leave(bell) }
        var head = HTTPResponse(.ok, contentType: ContentType("text/event-stream"))
        head.headers.append("Cache-Control", "no-store")
        // A proxy that gathers answers would hold every event back.
        head.headers.append("X-Accel-Buffering", "no")
        let writer = responder.startStreaming(head)
        guard request.http.method != .head else { return writer.finish() }
        let view = ShareView(self, share, token, bell, writer, request)
        let isRead = await view.run()
        guard !writer.isAbandoned else { return }
        if isRead { writer.finish() } else { writer.abort() }
    }

    /// The share of the path's token.
    private func share(of request: RouteRequest) async throws(Problem) -> (ShareToken, Share) {
        guard let token = ShareToken(request.parameter("token")) else { throw SharesFeature.notFound }
        let share = try await request.asking { () throws(DeviceStoreError) in
            try await store.share(token, at: services.clock.now)
        }
        guard let share else { throw SharesFeature.notFound }
        return (token, share)
    }

    /// The shared device as it is now; nothing if it is not active.
    func sight(of share: Share, for request: RouteRequest) async throws(Problem) -> LiveMap.Sight? {
        do throws(LiveMap.HomeError) {
            return try await core.live.sight(of: share.device)
        } catch {
            if case .store(let error) = error { request.log(error) }
            throw Problem(error)
        }
    }
}
