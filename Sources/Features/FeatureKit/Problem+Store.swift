package import Model
internal import Telemetry
internal import Wire

extension Problem {
    /// Postgres is away or too slow (story 3.10, criterion 3).
    package static let databaseUnavailable = Problem(
        .serviceUnavailable, "Database temporarily unavailable", retryAfter: 1)

    /// What a store could not do, without what only the log may know.
    package init(_ error: DeviceStoreError) {
        switch error {
        case .groupFull(let limit): self.init(.groupFull, "Group has reached maximum device limit (\(limit))")
        case .unavailable: self = .databaseUnavailable
        case .failed: self = .internal
        }
    }
}

extension RouteRequest {
    /// Notes what Postgres said before the client is told less.
    package func log(_ error: DeviceStoreError) {
        guard case .failed(let state) = error else { return }
        logger.error("store failed", ["sql_state": .string(state)])
    }

    /// Asks a store, and answers what it could not do as a problem.
    package func asking<Value: Sendable>(
        _ body: () async throws(DeviceStoreError) -> Value
    ) async throws(Problem) -> Value {
        do throws(DeviceStoreError) {
            return try await body()
        } catch {
            log(error)
            throw Problem(error)
        }
    }
}
