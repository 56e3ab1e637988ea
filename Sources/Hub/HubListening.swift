internal import Configuration
internal import Crypto
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Telemetry

/// Opens the port on every loop.
enum HubListening {
    /// Finds out whether another program has the port. The hub's own listeners share it, and would share it with any
    /// other that does.
    static func probe(_ server: ServerConfiguration, on loops: LoopGroup) async throws(HubError) {
        guard server.port != 0 else { return }
        let loop = loops.loops[0]
        let result: Result<Void, SocketError> = await loop.run {
            Result { () throws(SocketError) in
                try Listener.open(
                    host: server.host, port: server.port, sharesPort: false, on: loop, onAccept: { $0.close() }
                ).stop()
            }
        }
        if case .failure(let error) = result { throw failure(error, server) }
    }

    static func open(
        _ configuration: HubConfiguration, nodes: [LoopNode], table: RouteTable, rules: RateRules,
        services: Services, certificate: TLSContextBox?
    ) async throws(HubError) -> [LoopFront] {
        var fronts: [LoopFront] = []
        var server = configuration.server
        for node in nodes {
            let result: Result<LoopFront, SocketError> = await node.loop.run { [server] in
                Result { () throws(SocketError) in
                    try LoopFront(
                        node, configuration, port: server.port, table: table, rules: rules, services: services,
                        certificate: certificate)
                }
            }
            switch result {
            case .success(let front): fronts.append(front)
            case .failure(let error):
                for front in fronts { await front.loop.run { front.stopAccepting() } }
                throw failure(error, server)
            }
            server.port = fronts[0].port
        }
        return fronts
    }

    private static func failure(_ error: SocketError, _ server: ServerConfiguration) -> HubError {
        let reason = if case .system(_, let number) = error { SocketError.reason(number) } else { "\(error)" }
        return .listen(host: server.host, port: server.port, reason: reason)
    }
}

/// The listener and the HTTP server of one loop.
///
/// Confined to its loop: references may be held anywhere, methods are called on `loop`.
final class LoopFront: @unchecked Sendable {
    let loop: Loop
    let port: Int
    /// Its rules are exchanged when limits change.
    let limiter: RateLimiter
    private let listener: Listener
    private let server: HTTPServer
    private var sweep: LoopTimer?

    /// Between two times that idle callers are forgotten, by the first loop for all.
    private static let sweepPeriod = Duration.seconds(60)

    init(
        _ node: LoopNode, _ configuration: HubConfiguration, port: Int, table: RouteTable, rules: RateRules,
        services: Services, certificate: TLSContextBox?
    ) throws(SocketError) {
        loop = node.loop
        let limiter = RateLimiter(rules)
        self.limiter = limiter
        let dispatcher = Dispatcher(
            on: node.loop, table: table, authenticator: node.keys, rateGate: limiter, audit: services.core?.audit,
            origins: CrossOriginPolicy(origins: configuration.security.corsOrigins),
            proxies: TrustedProxies(configuration.server.trustedProxies.compactMap { AddressBlock($0) }),
            transport: configuration.security.requiresHTTPS ? .secureOnly : .any, services: services)
        let server = HTTPServer(on: node.loop, limits: HTTPLimits(configuration), handler: dispatcher)
        let maximum = configuration.server.maximumConnections
        let connections = services.metrics.gauge("hub_http_connections", help: "Open connections that speak HTTP.")
        server.onConnectionsChange = { connections.add($0) }
        self.server = server
        listener = try Listener.open(
            host: configuration.server.host, port: port, tls: certificate, on: node.loop
        ) { socket in
            guard connections.value + node.sessionGauge.value < maximum else {
                socket.write(LoopFront.full)
                return socket.closeAfterWriting()
            }
            server.accept(socket)
        }
        self.port = listener.port
        guard loop.index == 0 else { return }
        sweep = loop.schedule(after: LoopFront.sweepPeriod, every: LoopFront.sweepPeriod) { [weak self] in
            guard let self else { return }
            self.limiter.rules.forgetIdle(at: self.loop.now)
        }
    }

    func stopAccepting() {
        sweep?.cancel()
        sweep = nil
        listener.stop()
        server.drain()
    }

    private static let full = Array(
        ("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\n\(SecurityHeaders.standardText)"
            + "Content-Length: 0\r\nConnection: close\r\n\r\n").utf8)
}
