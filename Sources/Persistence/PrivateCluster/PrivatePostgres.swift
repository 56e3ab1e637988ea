package import EventLoop
internal import Glibc
package import Telemetry

/// The hub's own Postgres: makes the cluster, starts it, starts it again if it dies, and stops it last.
///
/// The server listens on a unix socket in a directory that only its user and root may enter. It leads a session of its
/// own, so that a Ctrl-C meant for the hub does not reach it before the hub has drained.
///
/// `@unchecked Sendable`: confined to its loop. References may be held anywhere; what is `async` goes there by itself.
package final class PrivatePostgres: @unchecked Sendable {
    enum State {
        case running
        /// It died; a timer will start it again.
        case waiting
        case stopping
        case stopped
    }

    let loop: Loop
    let layout: PrivatePostgresLayout
    let options: PrivatePostgresOptions
    /// Kept, so that no other hub uses the directory.
    private let lock: DataDirectoryLock
    let log: Logger
    let metrics: PersistenceMetrics
    var state = State.waiting
    var child: ChildProcess?
    /// A server that an earlier hub left behind, which is watched but not waited for.
    var adopted: Postmaster?
    var timer: LoopTimer?
    var failures = 0
    private var escalation: LoopTimer?
    private var startedAt = LoopInstant(milliseconds: 0)
    private var onStopped: [() -> Void] = []

    /// What libpq connects to.
    package let url: String

    /// Makes the cluster if there is none, starts it or takes over the one that still runs, and waits until it accepts
    /// connections. Any thread.
    ///
    /// - Parameter loop: Whose thread supervises; the waiting and the file system's work are elsewhere.
    package static func start(
        _ options: PrivatePostgresOptions, on loop: Loop, log: Logger, metrics: PersistenceMetrics
    ) async throws(PrivatePostgresError) -> PrivatePostgres {
        let prepared: Result<(DataDirectoryLock, PrivatePostgresLayout), PrivatePostgresError> = await loop.offload {
            do throws(PrivatePostgresError) {
                let lock = try DataDirectoryLock(directory: options.dataDirectory)
                do throws(PrivatePostgresError) {
                    return .success((lock, try PrivatePostgresLayout(options)))
                } catch {
                    lock.release()
                    throw error
                }
            } catch {
                return .failure(error)
            }
        }
        let (lock, layout) = try prepared.get()
        let postgres = PrivatePostgres(
            layout: layout, options: options, lock: lock, on: loop, log: log, metrics: metrics)
        do throws(PrivatePostgresError) {
            if layout.isNew { try await postgres.initialize() }
            try await postgres.launch()
            try await postgres.waitUntilReady()
        } catch {
            await postgres.stop()
            throw error
        }
        return postgres
    }

    /// What libpq connects to where another hub runs the cluster of this data directory. Blocks.
    package static func urlOfRunning(_ options: PrivatePostgresOptions) throws(PrivatePostgresError) -> String {
        try PrivatePostgresLayout(options).url
    }

    private init(
        layout: PrivatePostgresLayout, options: PrivatePostgresOptions, lock: DataDirectoryLock, on loop: Loop,
        log: Logger, metrics: PersistenceMetrics
    ) {
        self.layout = layout
        self.options = options
        self.lock = lock
        self.loop = loop
        self.log = log
        self.metrics = metrics
        url = layout.url
    }

    /// The running server's process, for tests and the log. Any thread.
    package func processID() async -> Int32? {
        await onLoop { self.child?.pid ?? self.adopted?.pid }
    }

    /// Stops the server: a fast shutdown, an immediate one if that takes too long. Returns when it is gone. Any thread.
    package func stop() async {
        await withCheckedContinuation { continuation in
            loop.execute { self.beginStopping { continuation.resume() } }
        }
    }

    /// Whether nothing is to be started any more.
    var isEnding: Bool { state == .stopping || state == .stopped }

    // MARK: Supervising, on the loop

    func adopt(_ postmaster: Postmaster) {
        log.info("private Postgres still runs", ["pid": .integer(postmaster.pid)])
        adopted = postmaster
        didStart()
        timer = loop.schedule(after: .milliseconds(200), every: .milliseconds(200)) { [weak self] in
            guard let self, let adopted, !Postmaster.isAlive(adopted.pid) else { return }
            self.adopted = nil
            didExit(nil)
        }
    }

    func spawn() throws(LoopError) {
        let (child, output) = childOptions("postgres", ["-D", layout.cluster])
        defer { close(output) }
        self.child = try ChildProcess.spawn(child, on: loop) { [weak self] exit in
            self?.child = nil
            self?.didExit(exit)
        }
        didStart()
    }

    private func didStart() {
        state = .running
        startedAt = loop.now
        metrics.postgresStarts.increment()
    }

    private func didExit(_ exit: ChildProcessExit?) {
        timer?.cancel()
        timer = nil
        guard state != .stopping else { return didStop() }
        if loop.now - startedAt > .seconds(60) { failures = 0 }
        failures += 1
        state = .waiting
        let delay = options.restart.delay(afterFailures: failures)
        log.error(
            "private Postgres ended by itself",
            [
                "status": .integer(exit?.status ?? 0), "signal": .integer(exit?.signal ?? 0),
                "restart_in": .milliseconds(delay),
            ])
        timer = loop.schedule(after: delay) { [weak self] in self?.restart() }
    }

    private func restart() {
        // One task per restart: the file system's work is done elsewhere.
        Task { [self] in
            do throws(PrivatePostgresError) {
                guard await onLoop({ self.state == .waiting }) else { return }
                try await launch()
            } catch {
                await onLoop {
                    self.log.error("private Postgres not restarted", ["error": .string(error.description)])
                    self.didExit(nil)
                }
            }
        }
    }

    // MARK: Stopping, on the loop

    private func beginStopping(_ completion: @escaping () -> Void) {
        guard state != .stopped else { return completion() }
        onStopped.append(completion)
        guard state != .stopping else { return }
        state = .stopping
        if adopted == nil {
            timer?.cancel()
            timer = nil
        }
        guard child != nil || adopted != nil else { return didStop() }
        signal(SIGINT)
        escalation = loop.schedule(after: options.stopTimeout) { [weak self] in
            guard let self else { return }
            log.warning("private Postgres does not stop; stopping it at once")
            signal(SIGQUIT)
            escalation = loop.schedule(after: .seconds(10)) { [weak self] in self?.signal(SIGKILL) }
        }
    }

    private func signal(_ signal: Int32) {
        if let child { child.kill(signal: signal) } else if let adopted { _ = kill(adopted.pid, signal) }
    }

    private func didStop() {
        escalation?.cancel()
        timer?.cancel()
        timer = nil
        state = .stopped
        // Empty now; made again at the next start.
        _ = unsafe rmdir(layout.socketDirectory)
        lock.release()
        log.info("private Postgres stopped")
        let waiters = onStopped
        onStopped = []
        for waiter in waiters { waiter() }
    }
}
