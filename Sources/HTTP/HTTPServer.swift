package import EventLoop

/// The HTTP connections of one loop: what they share, and the one timer that watches over all of them.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
package final class HTTPServer: @unchecked Sendable {
    package let loop: Loop
    /// May be exchanged on the loop while it serves. How often timeouts are looked at stays as it was.
    package var limits: HTTPLimits
    let securityHeaders: SecurityHeaders
    let handler: any HTTPRequestHandler
    var date = HTTPDate()
    /// Whether every answer is the last of its connection.
    private(set) var isDraining = false

    private(set) var connections: [HTTPServerConnection] = []
    /// Hears how many connections more, or fewer, there are.
    package var onConnectionsChange: ((Int) -> Void)?
    private var timer: LoopTimer?
    private let sweepInterval: Duration

    package init(
        on loop: Loop, limits: HTTPLimits = HTTPLimits(), securityHeaders: SecurityHeaders = .standard,
        handler: any HTTPRequestHandler
    ) {
        self.loop = loop
        self.limits = limits
        self.securityHeaders = securityHeaders
        self.handler = handler
        let shortest = min(limits.headerTimeout, limits.bodyTimeout / 5, limits.idleTimeout, limits.writeStallTimeout)
        sweepInterval = max(.milliseconds(5), min(.seconds(1), shortest / 4))
    }

    /// Serves a socket that has just been accepted. Timeouts are noticed at most a second late.
    package func accept(_ socket: StreamSocket) {
        loop.preconditionIsolated()
        guard !isDraining else { return socket.close() }
        let connection = HTTPServerConnection(socket: socket, server: self, index: connections.count)
        connections.append(connection)
        onConnectionsChange?(1)
        if timer == nil {
            timer = loop.schedule(after: sweepInterval, every: sweepInterval) { [weak self] in self?.sweep() }
        }
        connection.start()
    }

    /// Connections that speak HTTP; one that was upgraded is no longer counted.
    package var connectionCount: Int { connections.count }

    /// Closes idle connections, and the others as soon as they have their answers; takes no new ones. For a hub that stops.
    package func drain() {
        loop.preconditionIsolated()
        isDraining = true
        for connection in connections { connection.closeIfIdle() }
    }

    func remove(_ connection: HTTPServerConnection) {
        let index = connection.index
        guard index < connections.count, connections[index] === connection else { return }
        let last = connections.removeLast()
        onConnectionsChange?(-1)
        if last !== connection {
            connections[index] = last
            last.index = index
        }
        if connections.isEmpty {
            connections = []
            timer?.cancel()
            timer = nil
        }
    }

    private func sweep() {
        let now = loop.now
        for connection in connections { connection.checkTimes(now) }
    }
}
