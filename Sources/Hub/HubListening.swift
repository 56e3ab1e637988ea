internal import Configuration
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Systemd
internal import TLS
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

    /// - Parameter activation: Sockets to listen on in place of the configured address.
    static func open(
        _ configuration: HubConfiguration, nodes: [LoopNode], table: RouteTable, rules: RateRules,
        services: Services, certificate: TLSContextBox?, activation: ActivationSockets?
    ) async throws(HubError) -> [LoopFront] {
        var fronts: [LoopFront] = []
        var server = configuration.server
        let shares = activation.map { HubListening.shares(of: $0.sockets.map(\.descriptor), among: nodes.count) }
        for (index, node) in nodes.enumerated() {
            let source =
                if let shares {
                    LoopFront.Source.handedOver(shares[index])
                } else {
                    LoopFront.Source.address(host: server.host, port: server.port)
                }
            let result: Result<LoopFront, SocketError> = await node.loop.run {
                Result { () throws(SocketError) in
                    try LoopFront(
                        node, configuration, on: source, table: table, rules: rules, services: services,
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

    /// Which loop listens on which of the sockets that were handed over: each loop on at least one, and each socket on at
    /// least one loop. A socket that several loops share wakes all of them, and one accepts.
    static func shares(of descriptors: [Int32], among loops: Int) -> [[Int32]] {
        var shares = [[Int32]](repeating: [], count: loops)
        for turn in 0..<max(descriptors.count, loops) {
            shares[turn % loops].append(descriptors[turn % descriptors.count])
        }
        return shares
    }

    private static func failure(_ error: SocketError, _ server: ServerConfiguration) -> HubError {
        let reason = if case .system(_, let number) = error { SocketError.reason(number) } else { "\(error)" }
        return .listen(host: server.host, port: server.port, reason: reason)
    }
}

/// The listeners and the HTTP server of one loop.
///
/// Confined to its loop: references may be held anywhere, methods are called on `loop`.
final class LoopFront: @unchecked Sendable {
    /// Where connections come from.
    enum Source: Sendable {
        case address(host: String, port: Int)
        /// Listening sockets of somebody else's; at least one.
        case handedOver([Int32])
    }

    let loop: Loop
    let port: Int
    /// Its rules are exchanged when limits change.
    let limiter: RateLimiter
    private let node: LoopNode
    private var listeners: [Listener] = []
    private let server: HTTPServer
    private let connections: Gauge
    private let refused: Counter
    /// Connections of the whole hub, past which more are refused.
    private var maximum: Int
    private var sweep: LoopTimer?

    /// Between two times that idle callers are forgotten, by the first loop for all.
    private static let sweepPeriod = Duration.seconds(60)

    init(
        _ node: LoopNode, _ configuration: HubConfiguration, on source: Source, table: RouteTable, rules: RateRules,
        services: Services, certificate: TLSContextBox?
    ) throws(SocketError) {
        loop = node.loop
        self.node = node
        let limiter = RateLimiter(rules)
        self.limiter = limiter
        let dispatcher = Dispatcher(
            on: node.loop, table: table, authenticator: node.keys, rateGate: limiter, audit: services.core?.audit,
            origins: CrossOriginPolicy(origins: configuration.security.corsOrigins),
            proxies: TrustedProxies(configuration.server.trustedProxies.compactMap { AddressBlock($0) }),
            transport: configuration.security.requiresHTTPS ? .secureOnly : .any, services: services,
            tracer: node.tracer)
        let server = HTTPServer(on: node.loop, limits: HTTPLimits(configuration), handler: dispatcher)
        maximum = configuration.server.maximumConnections
        connections = services.metrics.gauge("hub_http_connections", help: "Open connections that speak HTTP.")
        refused = services.metrics.counter("hub_connections_refused_total", help: LoopMeters.refusedHelp)
        server.onConnectionsChange = { [connections] in connections.add($0) }
        self.server = server
        let gate = Gate()
        switch source {
        case .address(let host, let port):
            let listener = try Listener.open(host: host, port: port, tls: certificate, on: node.loop) {
                gate.front?.accept($0)
            }
            listeners = [listener]
        case .handedOver(let descriptors):
            do throws(SocketError) {
                for descriptor in descriptors {
                    listeners.append(
                        try Listener.share(descriptor: descriptor, tls: certificate, on: node.loop) {
                            gate.front?.accept($0)
                        })
                }
            } catch {
                for listener in listeners { listener.stop() }
                throw error
            }
        }
        port = listeners[0].port
        gate.front = self
        guard loop.index == 0 else { return }
        sweep = loop.schedule(after: LoopFront.sweepPeriod, every: LoopFront.sweepPeriod) { [weak self] in
            guard let self else { return }
            self.limiter.rules.forgetIdle(at: self.loop.now)
        }
    }

    /// What the listeners call, so that they do not keep the front.
    private final class Gate {
        weak var front: LoopFront?
    }

    private func accept(_ socket: StreamSocket) {
        guard connections.value + node.sessionGauge.value < maximum else {
            refused.increment()
            socket.write(LoopFront.full)
            return socket.closeAfterWriting()
        }
        server.accept(socket)
    }

    /// Takes over what a changed configuration allows.
    func take(_ configuration: HubConfiguration) {
        maximum = configuration.server.maximumConnections
        server.limits = HTTPLimits(configuration)
        node.settings.take(configuration)
    }

    func stopAccepting() {
        sweep?.cancel()
        sweep = nil
        for listener in listeners { listener.stop() }
        server.drain()
    }

    private static let full = Array(
        ("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\n\(SecurityHeaders.standardText)"
            + "Content-Length: 0\r\nConnection: close\r\n\r\n").utf8)
}
