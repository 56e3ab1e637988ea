internal import Synchronization

/// Bounds the exports that are under way at the same time: each has a connection to Postgres and a snapshot there. Any
/// thread.
final class ExportSlots: Sendable {
    /// Of one hub.
    static let capacity = 4

    private let taken = Atomic<Int>(0)

    /// Returns whether one was free; it is then to be given back.
    func take() -> Bool {
        guard taken.wrappingAdd(1, ordering: .relaxed).newValue <= ExportSlots.capacity else {
            giveBack()
            return false
        }
        return true
    }

    func giveBack() { taken.wrappingSubtract(1, ordering: .relaxed) }
}
