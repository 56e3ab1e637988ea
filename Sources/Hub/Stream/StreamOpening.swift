internal import Actors
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Telemetry
internal import WebSocket
internal import Wire

/// One request for the stream on its way from HTTP to a session: checks it, finds where its device lives, takes the
/// connection over and moves it there.
///
/// `@unchecked Sendable`: what is not constant is touched on the connection's loop only.
final class StreamOpening: @unchecked Sendable {
    private let request: RouteRequest
    private let responder: HTTPResponder
    private let nodes: [LoopNode]
    private let acceptance: WebSocketAcceptance
    private let credential: Credential
    private let device: DeviceID?
    private var search: Task<Void, Never>?

    private var own: LoopNode { nodes[request.loop.index] }

    /// - Throws: Why the request is refused, before anything is upgraded.
    init(_ request: RouteRequest, _ responder: HTTPResponder, nodes: [LoopNode]) throws(Problem) {
        self.request = request
        self.responder = responder
        self.nodes = nodes
        let node = nodes[request.loop.index]
        let named = try StreamOpening.deviceNamed(in: request)
        guard let credential = request.principal.credential else { throw .unauthorized() }
        self.credential = credential
        switch request.principal {
        case .ticket(_, let device):
            guard named == nil || named == device else {
                throw Problem(.forbidden, "The ticket is for another device")
            }
            self.device = device
        case .apiKey, .user, .anonymous: device = named
        }
        try StreamOpening.checkOrigin(of: request.http, node.settings)
        switch WebSocketHandshake.accept(request.http, options: node.settings.webSocket) {
        case .success(let acceptance):
            self.acceptance = acceptance
        case .failure(let refusal):
            var problem = Problem(.invalidFormat, refusal.reason, status: refusal.status)
            for (name, value) in refusal.headers { problem.fields.append(.init(name, value)) }
            throw problem
        }
        guard !node.isStopping else { throw Problem(.serviceUnavailable, "The hub is stopping", retryAfter: 1) }
        guard node.sessionGauge.value < node.settings.maximumSessions else {
            throw Problem(.serviceUnavailable, "The hub has as many connections as it takes", retryAfter: 10)
        }
    }

    private static func deviceNamed(in request: RouteRequest) throws(Problem) -> DeviceID? {
        guard let text = request.query["deviceId"] else { return nil }
        guard let device = DeviceID(text) else {
            let detail = FieldError(field: "deviceId", message: "Device ID must be a UUID")
            throw Problem(.validationError, "Validation failed", details: [detail])
        }
        return device
    }

    /// Browsers name the page's origin, and let any page open a WebSocket anywhere (RFC 6455, section 10.2).
    private static func checkOrigin(of request: HTTPRequest, _ settings: StreamSettings) throws(Problem) {
        guard let origin = request.headers["Origin"] else { return }
        if let authority = request.authority, origin == "http://\(authority)" || origin == "https://\(authority)" {
            return
        }
        guard settings.origins.allows(origin) else {
            throw Problem(.forbidden, "This origin may not open the stream (security.stream_origins)")
        }
    }

    // MARK: Finding the device's loop

    /// On the connection's loop.
    func proceed() {
        guard let device else { return enter(own, group: nil) }
        guard let user else { return find(device) }
        responder.onAbandoned = { [weak self] in self?.search?.cancel() }
        let loop = request.loop
        // As below.
        search = Task { [self] in
            let verdict: Result<Bool, Problem>
            do throws(Problem) {
                verdict = .success(try await own.visibility.isOpen(.device(device), to: user.id))
            } catch {
                verdict = .failure(error)
            }
            loop.execute { self.asked(device, verdict) }
        }
    }

    /// Whether the device is the user's.
    private func asked(_ device: DeviceID, _ verdict: Result<Bool, Problem>) {
        search = nil
        responder.onAbandoned = nil
        guard !responder.isAbandoned else { return }
        switch verdict {
        case .success(true): find(device)
        case .success(false): responder.fail(StreamRoute.deviceNotFound, for: request)
        case .failure(let problem): responder.fail(problem, for: request)
        }
    }

    private func find(_ device: DeviceID) {
        let known = own.directory.assumeIsolated { $0.loadedDevice(device) }
        if let group = known?.assumeIsolated({ $0.groupID }) { return enter(own, group: group) }
        responder.onAbandoned = { [weak self] in self?.search?.cancel() }
        let loop = request.loop
        // Owned by this opening, which the task keeps, until the answer; abandoned with the request.
        search = Task { [self] in
            let found: Result<LiveMap.Home?, Problem>
            do throws(LiveMap.HomeError) {
                found = .success(try await own.live.home(of: device))
            } catch {
                found = .failure(.unavailable)
            }
            loop.execute { self.found(found) }
        }
    }

    private func found(_ found: Result<LiveMap.Home?, Problem>) {
        search = nil
        responder.onAbandoned = nil
        guard !responder.isAbandoned else { return }
        switch found {
        case .success(let home?): enter(nodes[home.loop.index], group: home.group)
        case .success(nil): responder.fail(StreamRoute.deviceNotFound, for: request)
        case .failure(let problem): responder.fail(problem, for: request)
        }
    }

    // MARK: Moving in

    private func enter(_ node: LoopNode, group: GroupID?) {
        guard let upgraded = responder.upgrade() else { return }
        let (device, credential, trace) = (device, credential, SessionTrace(request))
        let dialect = Dialect(acceptance)
        var acceptance = acceptance
        acceptance.headers.append("X-Request-ID", request.id)
        guard node !== own else {
            let session = StreamSession(
                device: device, group: group, credential: credential, dialect: dialect, on: node,
                trace: trace)
            return session.begin(
                on: upgraded.socket, alreadyRead: upgraded.alreadyRead, acceptance: acceptance)
        }
        let alreadyRead = upgraded.alreadyRead
        let detached = upgraded.socket.detach()
        node.loop.execute { [acceptance] in
            guard let socket = try? StreamSocket.adopt(detached, on: node.loop) else { return }
            let session = StreamSession(
                device: device, group: group, credential: credential, dialect: dialect, on: node,
                trace: trace)
            session.begin(on: socket, alreadyRead: alreadyRead, acceptance: acceptance)
        }
    }
}
