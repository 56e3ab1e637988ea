package import Model

/// A fix that is in Postgres.
package struct CommittedFix: Hashable, Sendable {
    package let device: DeviceID
    package let fix: Fix
    package let receivedAt: Timestamp
}

/// Hears of fixes once they are committed: how feature areas learn of them.
package protocol CommittedFixSubscriber: AnyObject, Sendable {
    /// Called on the journal's loop, once for each committed batch, before the receipts. A fix that was sent, and
    /// committed, twice is told twice. Must return quickly: hand long work on.
    func fixesCommitted(_ fixes: [CommittedFix])
}
