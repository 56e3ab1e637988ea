internal import EventLoop

extension PostgresConnection {
    /// Runs one query; from any thread.
    package func query(
        _ query: PostgresQuery, timeout: Duration? = nil
    ) async throws(PostgresError) -> PostgresResult {
        let results = try await transaction([query], timeout: timeout)
        return results[0]
    }

    /// Runs `queries` as one unit of work, all or nothing; from any thread. One result a query.
    package func transaction(
        _ queries: [PostgresQuery], timeout: Duration? = nil
    ) async throws(PostgresError) -> [PostgresResult] {
        try await onLoop { self.submit(queries, timeout: timeout, completion: $0) }.get()
    }

    /// Runs a script of statements; from any thread.
    package func run(script: String, timeout: Duration? = nil) async throws(PostgresError) {
        _ = try await onLoop { self.submit(script: script, timeout: timeout, completion: $0) }.get()
    }

    /// Connects if that has not begun, and waits for the connection to be ready.
    ///
    /// - Throws: The last attempt's error once `timeout` has passed; attempts go on until then.
    package func connected(within timeout: Duration) async throws(PostgresError) {
        _ = try await onLoop { completion in
            self.start()
            if self.isReady { return completion(.success([])) }
            if self.state == .closed { return completion(.failure(.closed)) }
            self.waiters.append(ReadinessWaiter(on: self, within: timeout, completion: completion))
        }.get()
    }

    /// Closes; from any thread.
    package func closed() async {
        await withCheckedContinuation { continuation in
            loop.execute {
                self.close()
                continuation.resume()
            }
        }
    }

    private func onLoop(
        _ body: @escaping @Sendable (@escaping @Sendable (PostgresOutcome) -> Void) -> Void
    ) async -> PostgresOutcome {
        let outcome = await withCheckedContinuation { continuation in
            let complete: @Sendable (PostgresOutcome) -> Void = { [handover] in
                handover.give()
                continuation.resume(returning: $0)
            }
            if loop.isCurrent { body(complete) } else { loop.execute { body(complete) } }
        }
        handover.take()
        return outcome
    }
}

/// Somebody who waits for a connection to be ready, for a while.
final class ReadinessWaiter {
    private var completion: ((PostgresOutcome) -> Void)?
    private var timer: LoopTimer?

    init(on connection: PostgresConnection, within timeout: Duration, completion: @escaping (PostgresOutcome) -> Void) {
        self.completion = completion
        timer = connection.loop.schedule(after: timeout) { [weak self, weak connection] in
            guard let self else { return }
            connection?.waiters.removeAll { $0 === self }
            complete(.failure(connection?.unavailability ?? .closed))
        }
    }

    func complete(_ outcome: PostgresOutcome) {
        timer?.cancel()
        timer = nil
        completion?(outcome)
        completion = nil
    }
}
