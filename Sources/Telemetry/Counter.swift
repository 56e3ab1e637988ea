internal import Synchronization

/// A number that only grows. Any thread may count; on a hot path a loop counts in a part of its own (``adopt(_:)``), since
/// threads that count at the same moment pass a cache line to and fro.
package final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    private let parts = Mutex<[LocalCount]>([])

    init() {}

    package var value: Int { parts.withLock { $0.reduce(0) { $0 + $1.value } } + count.load(ordering: .relaxed) }

    package func increment(by amount: Int = 1) {
        assert(amount >= 0, "a counter only grows")
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    /// Counts what `part` counts too, from its start on.
    package func adopt(_ part: LocalCount) { parts.withLock { $0.append(part) } }
}

extension Counter: Metric {
    static var kind: String { "counter" }

    func append(to text: inout Exposition, name: String, labels: String) {
        text.sample(name, labels, String(value))
    }
}
