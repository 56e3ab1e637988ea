package import EventLoop
internal import Telemetry

/// One connection to Postgres, pipelined: units of work are sent as they come and answered in order, without waiting for
/// one another. It connects again by itself, with backoff, until it is closed.
///
/// `@unchecked Sendable`: confined to its loop. References may be held anywhere, every method is called on `loop`; the
/// `async` ones go there by themselves.
package final class PostgresConnection: @unchecked Sendable {
    enum State {
        case idle
        case connecting
        /// Connected, and the session's settings are on their way.
        case preparing
        case ready
        /// Lost; a timer will connect again.
        case waiting
        case closed
    }

    package let loop: Loop
    let url: String
    let limits: PostgresLimits
    let meters: PostgresMeters
    var state = State.idle { didSet { noteUse() } }
    /// What ``meters`` count it as.
    private var use: Use?

    private enum Use {
        case active
        case idle
    }

    var handle: PostgresHandle?
    /// Counts the attempts to connect, so that what an earlier one left behind is recognised.
    var attempt = 0
    var failures = 0
    var watcher: DescriptorWatcher?
    /// What the watcher waits for.
    var watched: DescriptorWatcher.Events = []
    var retryTimer: LoopTimer?
    var deadlineTimer: LoopTimer?
    var deadlineTimerDue: LoopInstant?
    /// In the order in which they were sent.
    var inFlight: WorkQueue = WorkQueue()
    /// A script waits until nothing is in flight, and everything after it waits for it.
    var heldBack: [HeldBack] = []
    var runsScript = false
    /// The name a statement goes by on this connection's server session; absent until it is first used.
    var preparedNames: [PostgresStatement: String] = [:]
    /// Why a statement could not be prepared, for those sent behind it.
    var preparationErrors: [PostgresStatement: PostgresError] = [:]
    var preparations = 0
    /// Why the last attempt to connect failed, in one line for the log; `nil` while connected.
    package internal(set) var lastError: PostgresError?

    /// Who waits for the connection to be ready; see ``connected(within:)``.
    var waiters: [ReadinessWaiter] = []

    let handover = Handover()
    /// Who hears what is notified; see ``listen(_:)``.
    var listeners: [PostgresListener] = []

    /// Called with `true` when the connection can be used and with `false` when it no longer can.
    package var onReadinessChange: ((Bool) -> Void)?

    /// - Parameter url: As libpq takes it, so that a socket directory can be named; see ``PostgresURL``.
    package init(
        url: String, limits: PostgresLimits = PostgresLimits(), on loop: Loop, meters: PostgresMeters = PostgresMeters()
    ) {
        self.meters = meters
        self.url = url
        self.limits = limits
        self.loop = loop
    }

    /// Whoever waited may have given up, on any thread: the loop lets go of the socket before libpq closes it.
    deinit {
        guard let watcher else { return }
        if loop.isCurrent {
            watcher.stop()
        } else {
            loop.execute { [handle] in withExtendedLifetime(handle) { watcher.stop() } }
        }
    }

    package var isReady: Bool { state == .ready }
    /// Units of work sent and not yet answered.
    package var inFlightCount: Int { inFlight.count + heldBack.count }

    /// Begins to connect; once.
    package func start() {
        loop.preconditionIsolated()
        guard state == .idle else { return }
        connect()
    }

    /// Sends `queries` as one unit of work: Postgres commits all of them or none.
    ///
    /// - Parameters:
    ///   - timeout: After this the completion hears ``PostgresError/timedOut``, and the unit is cancelled.
    ///   - completion: Called once, on the loop; at once if the connection is not ready.
    package func submit(
        _ queries: [PostgresQuery], timeout: Duration? = nil, completion: @escaping (PostgresOutcome) -> Void
    ) {
        loop.preconditionIsolated()
        let deadline = loop.now.advanced(by: timeout ?? limits.queryTimeout)
        guard let handle, state == .ready else { return completion(.failure(unavailability)) }
        guard heldBack.isEmpty, !runsScript else {
            return heldBack.append(HeldBack(content: .queries(queries), deadline: deadline, completion: completion))
        }
        send(queries, deadline: deadline, on: handle, completion: completion)
    }

    /// Runs a script of statements outside the pipeline, as one transaction unless it manages its own.
    package func submit(
        script: String, timeout: Duration? = nil, completion: @escaping (PostgresOutcome) -> Void
    ) {
        loop.preconditionIsolated()
        let deadline = loop.now.advanced(by: timeout ?? limits.queryTimeout)
        guard state == .ready else { return completion(.failure(unavailability)) }
        heldBack.append(HeldBack(content: .script(script), deadline: deadline, completion: completion))
        releaseHeldBack()
    }

    /// Closes now; what is in flight fails with ``PostgresError/closed``.
    package func close() {
        loop.preconditionIsolated()
        guard state != .closed else { return }
        let wasReady = state == .ready
        state = .closed
        dropSession(failing: .closed)
        retryTimer?.cancel()
        retryTimer = nil
        if wasReady { onReadinessChange?(false) }
        onReadinessChange = nil
        releaseWaiters(.failure(.closed))
    }

    /// Counts it among the connections that have work or have none; called after whatever may change that.
    func noteUse() {
        let now: Use? = state != .ready ? nil : inFlight.isEmpty && heldBack.isEmpty ? .idle : .active
        guard now != use else { return }
        count(use, -1)
        count(now, 1)
        use = now
    }

    private func count(_ use: Use?, _ change: Int) {
        switch use {
        case .active: meters.active.add(change)
        case .idle: meters.idle.add(change)
        case nil: break
        }
    }

    func releaseWaiters(_ outcome: PostgresOutcome) {
        let waiters = waiters
        self.waiters.removeAll()
        for waiter in waiters { waiter.complete(outcome) }
    }

    var unavailability: PostgresError {
        if state == .closed { return .closed }
        return lastError ?? .connectionLost("not connected yet")
    }
}

/// A unit of work that is not sent before a script ahead of it has ended.
struct HeldBack {
    enum Content {
        case queries([PostgresQuery])
        case script(String)
    }

    let content: Content
    let deadline: LoopInstant
    let completion: (PostgresOutcome) -> Void
}
