/// Tickets for the stream, kept as SHA-256 hashes so that any hub of a cluster can take one. Safe to call from any actor.
package protocol StreamTicketStore: Sendable {
    /// Keeps a new ticket until it is used or `ticket.expiresAt` has come.
    func insert(_ ticket: StreamTicket, hash: [UInt8]) async throws(DeviceStoreError)

    /// Takes the ticket with that hash out, so that it works once; `nil` if there is none or its time is over.
    func redeem(hash: [UInt8], at now: Timestamp) async throws(DeviceStoreError) -> StreamTicket?

    /// Removes tickets whose time is over; returns how many.
    func removeExpired(at now: Timestamp) async throws(DeviceStoreError) -> Int
}

/// What a ticket for the stream lets its holder do: what the key may that asked for it, as that device.
package struct StreamTicket: Hashable, Sendable {
    package var key: APIKeyID
    package var device: DeviceID?
    package var expiresAt: Timestamp

    package init(key: APIKeyID, device: DeviceID?, expiresAt: Timestamp) {
        self.key = key
        self.device = device
        self.expiresAt = expiresAt
    }
}
