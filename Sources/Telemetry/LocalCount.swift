package import Synchronization

/// A number that one thread changes and any thread reads: a loop's part of a ``Counter`` or a ``Gauge``.
///
/// Changing it costs what changing an integer costs (a load and a store, without a locked instruction), and no other
/// loop writes to its cache line. What it was made part of (``Counter/adopt(_:)``) sums its parts when it is shown.
package final class LocalCount: Sendable {
    @usableFromInline let number = Atomic<Int>(0)

    package init() {}

    @inlinable package var value: Int { number.load(ordering: .relaxed) }

    /// Called by the thread it belongs to, and by no other: of two that add at the same moment one would be lost.
    @inlinable package func add(_ amount: Int) {
        number.store(number.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// As ``add(_:)``, by its own thread alone.
    @inlinable package func set(_ value: Int) { number.store(value, ordering: .relaxed) }
}
