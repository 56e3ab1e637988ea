/// Tickets for the stream, kept as SHA-256 hashes so that any hub of a cluster can take one. Safe to call from any actor.
package protocol StreamTicketStore: Sendable {
    /// Keeps a new ticket until it is used or `ticket.expiresAt` has come.
    func insert(_ ticket: StreamTicket, hash: [UInt8]) async throws(DeviceStoreError)

    /// Takes the ticket with that hash out, so that it works once; `nil` if there is none or its time is over.
    func redeem(hash: [UInt8], at now: Timestamp) async throws(DeviceStoreError) -> StreamTicket?

    /// Removes tickets whose time is over; returns how many.
    func removeExpired(at now: Timestamp) async throws(DeviceStoreError) -> Int
}

/// What a ticket for the stream lets its holder do: what they may who asked for it, as that device.
package struct StreamTicket: Hashable, Sendable {
    package var credential: Credential
    package var device: DeviceID?
    package var expiresAt: Timestamp

    package init(credential: Credential, device: DeviceID?, expiresAt: Timestamp) {
        self.credential = credential
        self.device = device
        self.expiresAt = expiresAt
    }
}
