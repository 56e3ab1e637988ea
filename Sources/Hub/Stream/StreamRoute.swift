internal import Crypto
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Telemetry
internal import WebSocket
internal import Wire

/// `GET /api/v1/stream`, which becomes a WebSocket, and the tickets that open it.
struct StreamRoute: Sendable {
    static let path = "/api/v1/stream"
    /// How long a ticket can be used.
    static let ticketLife = Duration.seconds(30)

    let nodes: [LoopNode]
    let tickets: any StreamTicketStore
    let devices: any DeviceStore
    let visibility: Visibility
    let decoder: RequestDecoder

    func register(in registry: Registry) {
        registry.define(
            "Ticket",
            .object([
                .required("ticket", .string(), "Opaque; works once"), .required("expiresAt", .timestamp),
            ]))
        registry.add(
            Route(
                .get, "/api/v1/stream", operationID: "openStream", summary: "Open the stream of live state",
                description: """
                    Becomes a WebSocket that speaks presence.v1 or presence.v1.packed. With deviceId it speaks as that device, without as a \
                    watcher. A browser, which can set no header, brings a ticket.
                    """,
                tag: "Stream", callers: [.apiKey, .user, .ticket],
                parameters: [
                    .query("deviceId", .uuid, "The device to speak as"),
                    .query("ticket", .string(), "From POST /api/v1/stream/tickets"),
                ],
                responses: [
                    RouteResponse(.switchingProtocols, "The stream is open"),
                    RouteResponse(.upgradeRequired, "The request asks for no WebSocket, or for another version of it"),
                ],
                errors: [.notFound, .validationError, .serviceUnavailable],
                handler: .deferred { open($0, $1) }))
        registry.add(
            Route(
                .post, "/api/v1/stream/tickets", operationID: "createStreamTicket",
                summary: "Get a ticket that opens the stream once within 30 seconds", tag: "Stream",
                callers: [.apiKey, .user],
                content: RequestContent(
                    .object([.optional("deviceId", .nullable(.uuid), "The device to speak as")]), required: false),
                responses: [RouteResponse(.ok, "The ticket", .reference("Ticket"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await issue($0) }))
    }

    // MARK: Tickets

    private func issue(_ request: RouteRequest) async throws -> HTTPResponse {
        guard let credential = request.principal.credential else { throw Problem.forbidden }
        let device: DeviceID?
        do throws(Refusal) {
            device = try decoder.decodeTicketRequest(request.body.isEmpty ? Array("{}".utf8) : request.body)
        } catch {
            throw Problem(error)
        }
        if let device, let user = request.principal.user {
            guard try await visibility.isOpen(.device(device), to: user.id) else { throw StreamRoute.deviceNotFound }
        }
        let clock = nodes[0].clock
        let ticket = Base64.url.encode(SecureRandom.bytes(24))
        let expiresAt = clock.now.advanced(by: StreamRoute.ticketLife)
        let isKnown: Bool
        do throws(DeviceStoreError) {
            isKnown = try await mayBeNamed(device)
            if isKnown {
                try await tickets.insert(
                    StreamTicket(credential: credential, device: device, expiresAt: expiresAt),
                    hash: SHA256.hash(Array(ticket.utf8)))
            }
        } catch {
            guard case .failed(let state) = error else { throw Problem.unavailable }
            request.logger.error("ticket could not be stored", ["sql_state": .string(state)])
            throw Problem.internal
        }
        guard isKnown else { throw StreamRoute.deviceNotFound }
        return .json(ResponseEncoder.ticket(ticket, expiresAt: expiresAt))
    }

    /// Whether a ticket may name the device: an active one, or none.
    private func mayBeNamed(_ device: DeviceID?) async throws(DeviceStoreError) -> Bool {
        guard let device else { return true }
        return try await devices.device(device)?.isActive == true
    }

    static let deviceNotFound = Problem(.notFound, "Device not found. Please register first.")

    // MARK: Opening

    private func open(_ request: RouteRequest, _ responder: HTTPResponder) {
        do throws(Problem) {
            let opening = try StreamOpening(request, responder, nodes: nodes)
            opening.proceed()
        } catch {
            responder.fail(error, for: request)
        }
    }
}
