internal import Model

/// Items that fall due within a known horizon, in a ring of slots: adding and taking cost the same however many wait.
/// Reads no clock.
struct TimerWheel<Item> {
    /// Milliseconds between two slots; an item falls due on a multiple of it.
    let resolution: Int64

    private var ring: [[Item]]
    /// The slot, counted from the clock's origin, at which the ring begins.
    private var first: Int64
    /// What fell due in slots before the ring's first and is not taken yet.
    private var overdue: [Item] = []
    private(set) var count = 0

    /// - Parameters:
    ///   - horizon: How far ahead an item may fall due, in milliseconds.
    ///   - resolution: In milliseconds.
    init(horizon: Int64, resolution: Int64) {
        precondition(resolution > 0 && horizon >= 0, "a wheel turns forward")
        self.resolution = resolution
        ring = Array(repeating: [], count: Int(horizon / resolution) + 2)
        first = 0
    }

    /// When the earliest item falls due, or fell; nothing if none waits.
    var next: LiveInstant? {
        guard count > 0 else { return nil }
        guard overdue.isEmpty else { return LiveInstant(milliseconds: (first - 1) * resolution) }
        for step in 0..<Int64(ring.count) where !ring[position(first + step)].isEmpty {
            return LiveInstant(milliseconds: (first + step) * resolution)
        }
        return nil
    }

    /// Adds an item that falls due on the first slot not before `due`; one further ahead than the horizon falls due
    /// at the horizon.
    mutating func add(_ item: Item, notBefore due: LiveInstant, now: LiveInstant) {
        advance(to: now.milliseconds / resolution)
        let slot = (due.milliseconds + resolution - 1) / resolution
        if slot < first {
            overdue.append(item)
        } else {
            ring[position(min(slot, first + Int64(ring.count) - 1))].append(item)
        }
        count += 1
    }

    /// Takes out what has fallen due by `now`, the earliest first.
    mutating func takeDue(now: LiveInstant) -> [Item] {
        advance(to: now.milliseconds / resolution + 1)
        let due = overdue
        overdue = []
        count -= due.count
        return due
    }

    mutating func removeAll() {
        for index in ring.indices { ring[index] = [] }
        overdue = []
        count = 0
    }

    private mutating func advance(to slot: Int64) {
        guard slot > first else { return }
        if count > overdue.count {
            for passed in first..<min(slot, first + Int64(ring.count)) {
                let index = position(passed)
                if ring[index].isEmpty { continue }
                if overdue.isEmpty {
                    swap(&overdue, &ring[index])
                } else {
                    overdue.append(contentsOf: ring[index])
                    ring[index] = []
                }
            }
        }
        first = slot
    }

    private func position(_ slot: Int64) -> Int { Int(slot % Int64(ring.count)) }
}
