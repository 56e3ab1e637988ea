/// Decides how many jobs of which kind a worker may claim; reads no clock and touches no database.
struct JobSlots: ~Copyable {
    private struct Kind {
        let concurrency: Int
        let lease: Duration
        var running = 0
    }

    /// In the order in which they are asked for, which goes round so that none is always last.
    private var order: [String]
    private var kinds: [String: Kind] = [:]

    init(_ handlers: [JobHandler]) {
        order = handlers.map(\.name)
        for handler in handlers {
            precondition(kinds[handler.name] == nil, "two handlers do \(handler.name)")
            kinds[handler.name] = Kind(concurrency: handler.concurrency, lease: handler.lease)
        }
    }

    var isEmpty: Bool { kinds.values.allSatisfy { $0.running == 0 } }

    /// What may be claimed now; empty if every place is taken.
    mutating func wants() -> [JobQueueStore.Want] {
        if let first = order.first { order = Array(order.dropFirst()) + [first] }
        return order.compactMap { name in
            guard let kind = kinds[name], kind.running < kind.concurrency else { return nil }
            return JobQueueStore.Want(kind: name, count: kind.concurrency - kind.running, lease: kind.lease)
        }
    }

    func hasPlace(for name: String) -> Bool { kinds[name].map { $0.running < $0.concurrency } ?? false }

    mutating func began(_ kind: String) { kinds[kind]?.running += 1 }

    mutating func ended(_ kind: String) { kinds[kind]?.running -= 1 }

    func running(_ kind: String) -> Int { kinds[kind]?.running ?? 0 }
}
