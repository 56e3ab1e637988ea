package import Model

/// Tickets for the stream in `core.stream_tickets`.
package final class PostgresTicketStore: StreamTicketStore {
    private let database: Database

    package init(database: Database) { self.database = database }

    package func insert(_ ticket: StreamTicket, hash: [UInt8]) async throws(DeviceStoreError) {
        _ = try await run(
            PostgresTicketStore.insert.with(
                hash, ticket.credential.key?.rawValue, ticket.device?.rawValue, ticket.expiresAt,
                ticket.credential.user?.rawValue, ticket.credential.signIn?.rawValue))
    }

    package func redeem(hash: [UInt8], at now: Timestamp) async throws(DeviceStoreError) -> StreamTicket? {
        let rows = try await run(PostgresTicketStore.redemption.with(hash))
        guard rows.rowCount == 1, let credential = Credential(row: rows[0]), let expiresAt = rows[0].timestamp(2),
            now < expiresAt
        else { return nil }
        return StreamTicket(
            credential: credential, device: rows[0].uniqueID(1).map(DeviceID.init), expiresAt: expiresAt)
    }

    package func removeExpired(at now: Timestamp) async throws(DeviceStoreError) -> Int {
        try await run(PostgresTicketStore.removal.with(now)).affectedRows
    }

    private func run(_ query: PostgresQuery) async throws(DeviceStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await database.retryingQuery(query)
        } catch {
            throw DeviceStoreError(error)
        }
    }

    static let insert = PostgresStatement(
        "core.insert_ticket",
        """
        INSERT INTO core.stream_tickets (ticket_hash, key_id, device_id, expires_at, user_id, session_id)
        VALUES ($1::bytea, $2::uuid, $3::uuid, $4::timestamptz, $5::uuid, $6::uuid)
        """)

    static let redemption = PostgresStatement(
        "core.redeem_ticket",
        """
        DELETE FROM core.stream_tickets WHERE ticket_hash = $1::bytea
        RETURNING key_id, device_id, expires_at, user_id, session_id
        """)

    static let removal = PostgresStatement(
        "core.remove_expired_tickets", "DELETE FROM core.stream_tickets WHERE expires_at <= $1::timestamptz")
}

extension Credential {
    fileprivate init?(row: PostgresRow) {
        if let key = row.uniqueID(0) {
            self = .key(APIKeyID(key))
        } else if let user = row.uniqueID(3), let signIn = row.uniqueID(4) {
            self = .user(UserID(user), SignInID(signIn))
        } else {
            return nil
        }
    }
}
