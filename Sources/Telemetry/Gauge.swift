internal import Synchronization

/// A number that rises and falls: connections open, rows waiting. Any thread may change it.
package final class Gauge: Sendable {
    private let current = Atomic<Int>(0)

    init() {}

    package var value: Int { current.load(ordering: .relaxed) }

    package func set(_ value: Int) { current.store(value, ordering: .relaxed) }

    package func add(_ amount: Int) { current.wrappingAdd(amount, ordering: .relaxed) }
}

extension Gauge: Metric {
    static var kind: String { "gauge" }

    func append(to text: inout String, name: String, labels: String) {
        text += "\(name)\(braced(labels)) \(value)\n"
    }
}
