internal import FeatureKit
internal import Model
internal import Persistence
internal import Telemetry

/// What the routes share that tell people of their own record.
extension RouteRequest {
    /// Who calls: these routes admit users alone.
    func traveller() throws(Problem) -> UserID {
        guard let user = principal.user else { throw Problem.unauthorized(for: .user) }
        return user.id
    }

    /// Asks Postgres for a part of a record, and answers what it could not do as a problem.
    func readingRecord<Value: Sendable>(
        _ body: () async throws(PostgresError) -> Value
    ) async throws(Problem) -> Value {
        do throws(PostgresError) {
            return try await body()
        } catch {
            guard error.isTransient || error == .closed else {
                logger.error("a travel record could not be read", ["error": .string(error.debugDescription)])
                throw Problem.internal
            }
            logger.warning("a travel record could not be read", ["error": .string(error.debugDescription)])
            throw Problem.databaseUnavailable
        }
    }
}
