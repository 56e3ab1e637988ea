internal import EventLoop

extension PostgresConnection {
    /// Makes every session commit to disk before it answers, and see in each statement what was committed before it, whatever the
    /// server's default; and plan without compiling. Statements that lock and then look count on the second.
    private static let sessionSettings = PostgresStatement(
        "core.session_settings",
        """
        SELECT set_config('synchronous_commit', 'on', false) FROM (SELECT current_setting('synchronous_commit') AS now) s
            WHERE s.now IN ('off', 'local')
        UNION ALL SELECT set_config('jit', 'off', false)
        UNION ALL SELECT set_config('timezone', 'UTC', false)
        UNION ALL SELECT set_config('default_transaction_isolation', 'read committed', false)
        """)

    func connect() {
        state = .connecting
        attempt += 1
        let attempt = attempt
        let url = url
        retryTimer = loop.schedule(after: limits.connectTimeout) { [weak self] in
            self?.lose(.connectionLost("connecting took too long"))
        }
        // One task per attempt to connect: the pool's thread may wait for a name server.
        Task { [self] in
            let handle = await loop.offload { PostgresHandle(connectingTo: url) }
            loop.execute { self.didBegin(handle, attempt: attempt) }
        }
    }

    private func didBegin(_ handle: PostgresHandle?, attempt: Int) {
        guard state == .connecting, self.attempt == attempt else { return }
        guard let handle else { return lose(.connectionLost("out of memory")) }
        guard !handle.isBroken else { return lose(.connectionLost(handle.errorMessage)) }
        self.handle = handle
        // libpq asks to be treated as if it had said so.
        watch(.writable)
    }

    /// Goes one step on; libpq may close its socket and open another in it, so that no watcher outlives a step.
    func continueConnecting() {
        guard let handle else { return }
        unwatch()
        switch handle.continueConnecting() {
        case .wantsRead: watch(.readable)
        case .wantsWrite: watch(.writable)
        case .connected: didConnect(handle)
        case .failed: lose(.connectionLost(handle.errorMessage))
        }
    }

    private func didConnect(_ handle: PostgresHandle) {
        guard handle.enterPipeline() else { return lose(.connectionLost(handle.errorMessage)) }
        state = .preparing
        watch(.readable)
        let query = PostgresQuery(PostgresConnection.sessionSettings)
        send([query], deadline: loop.now.advanced(by: limits.connectTimeout), on: handle) { [weak self] outcome in
            guard let self, self.state == .preparing else { return }
            switch outcome {
            case .success:
                state = .ready
                failures = 0
                lastError = nil
                retryTimer?.cancel()
                retryTimer = nil
                onReadinessChange?(true)
                releaseWaiters(.success([]))
                for listener in listeners { beginListening(listener) }
            case .failure(let error): lose(error)
            }
        }
    }

    /// Gives the session up, fails what was in flight, and connects again after a while.
    func lose(_ error: PostgresError) {
        guard state != .closed, state != .waiting else { return }
        let wasReady = state == .ready
        state = .waiting
        lastError = error
        failures += 1
        retryTimer?.cancel()
        retryTimer = loop.schedule(after: limits.reconnect.delay(afterFailures: failures)) { [weak self] in
            guard let self, self.state == .waiting else { return }
            connect()
        }
        dropSession(failing: error)
        if wasReady { onReadinessChange?(false) }
    }

    /// Closes the socket and answers everybody who waits.
    func dropSession(failing error: PostgresError) {
        unwatch()
        handle = nil
        deadlineTimer?.cancel()
        deadlineTimer = nil
        deadlineTimerDue = nil
        preparedNames.removeAll()
        preparationErrors.removeAll()
        runsScript = false
        for listener in listeners { listener.retry.timer = nil }
        let works = inFlight.removeAll()
        let held = heldBack
        heldBack.removeAll()
        for work in works { work.complete(.failure(error)) }
        for held in held { held.completion(.failure(error)) }
    }

    /// Waits for `events` on the connection's socket, and for nothing else.
    func watch(_ events: DescriptorWatcher.Events) {
        guard let handle, watched != events || watcher == nil else { return }
        do {
            let watcher = try self.watcher ?? DescriptorWatcher(descriptor: handle.socket, on: loop)
            self.watcher = watcher
            watched = events
            watcher.watch(events) { [weak self] events in self?.socketIsReady(events) }
        } catch {
            lose(.connectionLost("the socket cannot be watched: \(error)"))
        }
    }

    func unwatch() {
        watcher?.stop()
        watcher = nil
        watched = []
    }

    private func socketIsReady(_ events: DescriptorWatcher.Events) {
        switch state {
        case .connecting: continueConnecting()
        case .preparing, .ready: exchange(events)
        case .idle, .waiting, .closed: break
        }
    }
}
