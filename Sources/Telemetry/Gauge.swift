internal import Synchronization

/// A number that rises and falls: connections open, rows waiting. Any thread may change it; a loop may have a part of its
/// own, as of a ``Counter``.
package final class Gauge: Sendable {
    private let current = Atomic<Int>(0)
    private let parts = Mutex<[LocalCount]>([])

    init() {}

    package var value: Int { parts.withLock { $0.reduce(0) { $0 + $1.value } } + current.load(ordering: .relaxed) }

    package func set(_ value: Int) { current.store(value, ordering: .relaxed) }

    package func add(_ amount: Int) { current.wrappingAdd(amount, ordering: .relaxed) }

    /// Adds what `part` shows.
    package func adopt(_ part: LocalCount) { parts.withLock { $0.append(part) } }
}

extension Gauge: Metric {
    static var kind: String { "gauge" }

    func append(to text: inout Exposition, name: String, labels: String) {
        text.sample(name, labels, String(value))
    }
}
