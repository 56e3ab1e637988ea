/// Where taken fixes go to be kept. One journal a loop: called on that loop only, and answers there.
package protocol FixJournal: AnyObject, Sendable {
    /// Takes `fixes` to be stored together or not at all; a fix of the same device and moment is stored once.
    ///
    /// - Parameter receipt: Who hears, exactly once, that they are committed or refused; nobody if `nil`.
    /// - Returns: ``Admission/dropped`` past the high-water mark: nothing is taken then and no receipt is used.
    func append(_ fixes: [Fix], of device: DeviceID, receivedAt: Timestamp, receipt: FixReceipt?) -> Admission

    /// As above for one fix, the usual case, without an array.
    func append(_ fix: Fix, of device: DeviceID, receivedAt: Timestamp, receipt: FixReceipt?) -> Admission

    /// Notes that the device was seen; the latest wins, and nobody waits for it (story 2.6).
    func touch(_ device: DeviceID, at moment: Timestamp)
}

/// Whom to tell about fixes handed to a ``FixJournal``, and what they call them.
package struct FixReceipt: Sendable {
    package let receiver: any FixReceiver
    /// The receiver's own name for what it handed over.
    package let token: UInt64

    package init(receiver: any FixReceiver, token: UInt64) {
        self.receiver = receiver
        self.token = token
    }
}

/// Hears what became of fixes; called on the journal's loop.
package protocol FixReceiver: AnyObject, Sendable {
    /// They are in Postgres.
    func fixesCommitted(token: UInt64)
    /// They will never be in Postgres; the sender may be told why.
    func fixesRefused(token: UInt64, _ refusal: FixRefusal)
}

/// Why fixes were not stored.
package enum FixRefusal: Error, Hashable, Sendable {
    /// Their device no longer exists.
    case deviceUnknown
    /// Postgres refused the row itself; what it said is in the log.
    case rowRefused
    /// The hub stopped before they were written.
    case stopping
}
