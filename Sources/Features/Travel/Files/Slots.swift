internal import Synchronization

/// Bounds what is under way at the same time. Any thread.
final class Slots: Sendable {
    private let capacity: Int
    private let taken = Atomic<Int>(0)

    init(capacity: Int) { self.capacity = capacity }

    /// Returns whether one was free; it is then to be given back.
    func take() -> Bool {
        guard taken.wrappingAdd(1, ordering: .relaxed).newValue <= capacity else {
            giveBack()
            return false
        }
        return true
    }

    func giveBack() { taken.wrappingSubtract(1, ordering: .relaxed) }
}
