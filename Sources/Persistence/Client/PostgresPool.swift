package import EventLoop
internal import Telemetry

/// The connections of one loop, and the queue of those who wait for one.
///
/// `@unchecked Sendable`: confined to its loop. References may be held anywhere, every method is called on `loop`.
package final class PostgresPool: @unchecked Sendable {
    package let loop: Loop
    private let limits: PostgresLimits
    private let connections: [PostgresConnection]
    package let meters: PostgresMeters
    let handover = Handover()
    private var waiting: [Waiting] = [] { didSet { meters.waiting.set(waiting.count) } }
    private var timer: LoopTimer?
    private var isClosed = false
    /// Connections somebody has for work of its own; see ``Database/withConnection(within:_:)``.
    private var lent: [PostgresConnection] = []

    private struct Waiting {
        let queries: [PostgresQuery]
        let since: LoopInstant
        let deadline: LoopInstant
        let completion: (PostgresOutcome) -> Void
    }

    package init(
        url: String, limits: PostgresLimits = PostgresLimits(), on loop: Loop, meters: PostgresMeters = PostgresMeters()
    ) {
        self.loop = loop
        self.limits = limits
        self.meters = meters
        connections = (0..<max(1, limits.connectionsPerLoop)).map { _ in
            PostgresConnection(url: url, limits: limits, on: loop, meters: meters)
        }
    }

    /// Whether a query would be sent at once.
    package var isReady: Bool { connections.contains { $0.isReady } }

    /// Why there is no connection, as last heard.
    package var lastError: PostgresError? { connections.lazy.compactMap(\.lastError).first }

    package func start() {
        loop.preconditionIsolated()
        for connection in connections {
            connection.onReadinessChange = { [weak self] isReady in if isReady { self?.sendWaiting() } }
            connection.start()
        }
    }

    /// Listens on one of the connections.
    func listen(_ listener: PostgresListener) {
        loop.preconditionIsolated()
        connections[0].listen(listener)
    }

    /// Sends `queries` as one unit of work on the least busy connection, or lets them wait for one.
    ///
    /// The timeout includes the wait. A queue that is full answers ``PostgresError/overloaded`` at once.
    package func submit(
        _ queries: [PostgresQuery], timeout: Duration? = nil, completion: @escaping (PostgresOutcome) -> Void
    ) {
        loop.preconditionIsolated()
        guard !isClosed else { return completion(.failure(.closed)) }
        let timeout = timeout ?? limits.queryTimeout
        if waiting.isEmpty, let connection = leastBusy() {
            return send(queries, timeout: timeout, on: connection, completion)
        }
        guard waiting.count < limits.waitingQueries else {
            meters.overloads.add(1)
            return completion(.failure(.overloaded))
        }
        let deadline = loop.now.advanced(by: timeout)
        waiting.append(Waiting(queries: queries, since: loop.now, deadline: deadline, completion: completion))
        if timer == nil { armTimer() }
    }

    /// Closes every connection; what waits or is in flight fails with ``PostgresError/closed``.
    package func close() {
        loop.preconditionIsolated()
        isClosed = true
        timer?.cancel()
        timer = nil
        for connection in connections + lent { connection.close() }
        lent = []
        let abandoned = waiting
        waiting.removeAll()
        for item in abandoned { item.completion(.failure(.closed)) }
    }

    /// Closes `connection` with the others, or at once if they are closed.
    func lend(_ connection: PostgresConnection) {
        loop.preconditionIsolated()
        if isClosed { connection.close() } else { lent.append(connection) }
    }

    func takeBack(_ connection: PostgresConnection) { lent.removeAll { $0 === connection } }

    private func leastBusy() -> PostgresConnection? {
        connections.filter { $0.isReady && $0.inFlightCount < limits.pipelineDepth }
            .min { $0.inFlightCount < $1.inFlightCount }
    }

    private func send(
        _ queries: [PostgresQuery], timeout: Duration, on connection: PostgresConnection,
        _ completion: @escaping (PostgresOutcome) -> Void
    ) {
        connection.submit(queries, timeout: timeout) { [weak self] outcome in
            completion(outcome)
            self?.sendWaiting()
        }
    }

    private func sendWaiting() {
        guard !waiting.isEmpty, !isClosed else { return }
        let now = loop.now
        while !waiting.isEmpty, let connection = leastBusy() {
            let next = waiting.removeFirst()
            meters.wait.record((now - next.since).wholeNanoseconds)
            send(next.queries, timeout: next.deadline - now, on: connection, next.completion)
        }
    }

    /// Looks for those who have waited too long; runs only while somebody waits.
    private func armTimer() {
        timer = loop.schedule(after: .milliseconds(50)) { [weak self] in
            guard let self else { return }
            let now = loop.now
            let expired = waiting.filter { $0.deadline <= now }
            waiting.removeAll { $0.deadline <= now }
            timer = nil
            if !waiting.isEmpty { armTimer() }
            let error = lastError ?? .timedOut
            for item in expired { item.completion(.failure(error)) }
        }
    }
}
