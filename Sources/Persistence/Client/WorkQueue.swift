/// First in, first out, without moving what remains at every removal.
struct WorkQueue {
    private var items: [PostgresWork?] = []
    private var head = 0

    var count: Int { items.count - head }
    var isEmpty: Bool { count == 0 }
    var first: PostgresWork? { head < items.count ? items[head] : nil }

    mutating func append(_ work: PostgresWork) { items.append(work) }

    mutating func removeFirst() {
        items[head] = nil
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 >= items.count {
            items.removeFirst(head)
            head = 0
        }
    }

    mutating func removeAll() -> [PostgresWork] {
        defer { self = WorkQueue() }
        return elements
    }

    var elements: [PostgresWork] { items[head...].compactMap { $0 } }
}
