package import EventLoop
internal import Synchronization
package import Telemetry

/// Postgres as the hub sees it: a pool on every loop. Callable from any thread.
package final class Database: Sendable {
    /// As libpq takes it; holds the password of an external server.
    package let url: String
    package let limits: PostgresLimits
    private let pools: [PostgresPool]
    private let turn = Atomic<Int>(0)
    /// While there is tracing: what a task asks is part of ``Telemetry/Tracer/current``.
    private let tracer: Tracer?

    /// - Parameter log: Hears of every unit of work, at level debug.
    package init(
        url: String, limits: PostgresLimits = PostgresLimits(), on loops: [Loop], log: Logger? = nil,
        tracer: Tracer? = nil
    ) {
        precondition(!loops.isEmpty, "a database needs a loop to live on")
        self.url = url
        self.limits = limits
        self.tracer = tracer
        pools = loops.map { PostgresPool(url: url, limits: limits, on: $0, meters: PostgresMeters(log: log)) }
    }

    /// Shows what the pools count.
    package func register(in registry: MetricsRegistry) {
        for pool in pools { pool.meters.register(in: registry) }
    }

    /// Begins to connect.
    package func start() {
        for pool in pools { pool.loop.execute { pool.start() } }
    }

    /// The pool of the calling loop, or one in turn.
    package var pool: PostgresPool {
        if let loop = Loop.current, let own = pools.first(where: { $0.loop === loop }) { return own }
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return pools[Int(UInt(bitPattern: number) % UInt(pools.count))]
    }

    package func query(
        _ query: PostgresQuery, timeout: Duration? = nil
    ) async throws(PostgresError) -> PostgresResult {
        let results = try await transaction([query], timeout: timeout)
        return results[0]
    }

    /// Runs `queries` as one unit of work: Postgres commits all of them or none. One result a query.
    package func transaction(
        _ queries: [PostgresQuery], timeout: Duration? = nil
    ) async throws(PostgresError) -> [PostgresResult] {
        let pool = pool
        let span = SQLSpan.begin(queries, tracer, in: tracer == nil ? nil : Tracer.current?.span)
        let outcome: PostgresOutcome = await withCheckedContinuation { continuation in
            let complete: @Sendable (PostgresOutcome) -> Void = {
                pool.handover.give()
                continuation.resume(returning: $0)
            }
            if pool.loop.isCurrent {
                pool.submit(queries, timeout: timeout, completion: complete)
            } else {
                pool.loop.execute { pool.submit(queries, timeout: timeout, completion: complete) }
            }
        }
        pool.handover.take()
        span?.end(outcome)
        return try outcome.get()
    }

    /// As ``query(_:timeout:)``, and again up to `attempts` times while Postgres had to choose it as a victim.
    package func retryingQuery(
        _ query: PostgresQuery, attempts: Int = 5
    ) async throws(PostgresError) -> PostgresResult {
        for _ in 1..<attempts {
            do throws(PostgresError) {
                return try await self.query(query)
            } catch {
                guard error.sqlState == .serializationFailure || error.sqlState == .deadlockDetected else {
                    throw error
                }
            }
        }
        return try await self.query(query)
    }

    /// Runs `body` on a connection of its own, for work of several round trips: explicit transactions, session locks,
    /// scripts. It is closed afterwards, which ends what was left open, or with the database.
    package func withConnection<Value: Sendable>(
        within timeout: Duration = .seconds(10), _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let pool = pool
        let connection = PostgresConnection(url: url, limits: limits, on: pool.loop)
        pool.loop.execute { pool.lend(connection) }
        do {
            try await connection.connected(within: timeout)
            let value = try await body(connection)
            await connection.closed()
            pool.loop.execute { pool.takeBack(connection) }
            return value
        } catch {
            await connection.closed()
            pool.loop.execute { pool.takeBack(connection) }
            throw error
        }
    }

    /// Hears what is notified on a channel, on one connection and for as long as the database is open.
    package func listen(_ listener: PostgresListener) {
        let pool = pools[0]
        pool.loop.execute { pool.listen(listener) }
    }

    private static let ping = PostgresQuery(PostgresStatement("core.ping", "SELECT 1"))

    /// Asks Postgres for a sign of life (story 1.5).
    package func health(timeout: Duration = .seconds(2)) async -> DatabaseHealth {
        let clock = ContinuousClock()
        let start = clock.now
        do throws(PostgresError) {
            _ = try await query(Database.ping, timeout: timeout)
            return DatabaseHealth(isConnected: true, latency: start.duration(to: clock.now))
        } catch {
            return DatabaseHealth(isConnected: false, latency: nil)
        }
    }

    /// Closes every connection; what is in flight fails.
    package func close() async {
        for pool in pools {
            await withCheckedContinuation { continuation in
                pool.loop.execute {
                    pool.close()
                    continuation.resume()
                }
            }
        }
    }
}

/// Whether Postgres answers.
package struct DatabaseHealth: Hashable, Sendable {
    package var isConnected: Bool
    /// How long `SELECT 1` took, there and back; `nil` when there was no answer.
    package var latency: Duration?
}
