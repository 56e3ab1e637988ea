internal import Synchronization

/// A number that only grows. Any thread may count; on a hot path count once a turn (`increment(by:)`), since threads that
/// count at the same moment pass a cache line to and fro.
package final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    init() {}

    package var value: Int { count.load(ordering: .relaxed) }

    package func increment(by amount: Int = 1) {
        assert(amount >= 0, "a counter only grows")
        count.wrappingAdd(amount, ordering: .relaxed)
    }
}

extension Counter: Metric {
    static var kind: String { "counter" }

    func append(to text: inout String, name: String, labels: String) {
        text += "\(name)\(braced(labels)) \(value)\n"
    }
}
