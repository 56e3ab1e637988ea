package import Model

/// Keeps fixes until told that they are committed.
///
/// Confined to its loop: references may be held anywhere, every method is called by whoever moves the loop.
package final class InMemoryFixJournal: FixJournal, @unchecked Sendable {
    package struct Entry: Sendable {
        package let device: DeviceID
        package let fixes: [Fix]
        package let receivedAt: Timestamp
        package let receipt: FixReceipt?
    }

    /// Fixes that wait at most; those of a call that would exceed it are dropped.
    package var capacity: Int
    /// From so many waiting fixes on, the answer is ``Admission/congested``.
    package var congestedFrom: Int
    /// What was taken and is not committed yet, in order.
    package private(set) var pending: [Entry] = []
    /// The latest sign of life of each device.
    package private(set) var touches: [DeviceID: Timestamp] = [:]
    /// Calls of ``touch(_:at:)``.
    package private(set) var touchCalls = 0

    private let store: InMemoryDeviceStore?
    private var waiting = 0

    /// - Parameter store: Where ``commit()`` puts the fixes, and signs of life go at once.
    package init(
        capacity: Int = .max, congestedFrom: Int = .max, committingTo store: InMemoryDeviceStore? = nil
    ) {
        self.capacity = capacity
        self.congestedFrom = congestedFrom
        self.store = store
    }

    package func append(
        _ fixes: [Fix], of device: DeviceID, receivedAt: Timestamp, receipt: FixReceipt?
    ) -> Admission {
        guard fixes.count <= capacity - waiting else { return .dropped }
        waiting += fixes.count
        pending.append(Entry(device: device, fixes: fixes, receivedAt: receivedAt, receipt: receipt))
        return waiting >= congestedFrom ? .congested : .accepted
    }

    package func append(
        _ fix: Fix, of device: DeviceID, receivedAt: Timestamp, receipt: FixReceipt?
    ) -> Admission {
        append([fix], of: device, receivedAt: receivedAt, receipt: receipt)
    }

    package func touch(_ device: DeviceID, at moment: Timestamp) {
        touchCalls += 1
        if let known = touches[device], known >= moment { return }
        touches[device] = moment
        store?.touch(device, at: moment)
    }

    /// Commits everything that waits and tells the receivers; fixes of a device the store does not know are refused.
    package func commit() {
        for entry in take() {
            if store?.insert(entry.fixes, of: entry.device) ?? true {
                entry.receipt?.receiver.fixesCommitted(token: entry.receipt?.token ?? 0)
            } else {
                entry.receipt?.receiver.fixesRefused(token: entry.receipt?.token ?? 0, .deviceUnknown)
            }
        }
    }

    /// Refuses everything that waits.
    package func refuse(_ refusal: FixRefusal) {
        for entry in take() { entry.receipt?.receiver.fixesRefused(token: entry.receipt?.token ?? 0, refusal) }
    }

    private func take() -> [Entry] {
        defer {
            pending = []
            waiting = 0
        }
        return pending
    }
}
