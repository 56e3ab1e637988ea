import EventLoop

/// Visits every connection of a loop once per heartbeat, with one timer for all of them.
///
/// The interval is cut into a few slots, and each tick of the timer visits the connections of one. Confined to its loop.
final class HeartbeatRing {
    /// Where a connection stands; it keeps this, so that leaving needs no search.
    struct Place: Equatable {
        fileprivate(set) var slot: Int32
        fileprivate(set) var index: Int32
    }

    private let tick: Duration
    private unowned let loop: Loop
    private var slots: [[WebSocketConnection]]
    private var current = 0
    private var count = 0
    private var timer: LoopTimer?

    init(every interval: Duration, on loop: Loop) {
        let slotCount = min(max(Int(interval / .seconds(1)), 4), 16)
        tick = max(interval / slotCount, .milliseconds(1))
        self.loop = loop
        slots = Array(repeating: [], count: slotCount)
    }

    /// Adds a connection; it is visited for the first time after about one interval.
    func join(_ connection: WebSocketConnection) {
        connection.heartbeatPlace = Place(slot: Int32(current), index: Int32(slots[current].count))
        slots[current].append(connection)
        count += 1
        if timer == nil {
            timer = loop.schedule(after: tick, every: tick) { [unowned self] in visitNextSlot() }
        }
    }

    func leave(_ connection: WebSocketConnection) {
        guard let place = connection.heartbeatPlace else { return }
        connection.heartbeatPlace = nil
        let slot = Int(place.slot)
        let last = slots[slot].removeLast()
        if last !== connection {
            slots[slot][Int(place.index)] = last
            last.heartbeatPlace = place
        }
        count -= 1
        if count == 0 {
            slots[slot] = []
            timer?.cancel()
            timer = nil
        }
    }

    private func visitNextSlot() {
        current = (current + 1) % slots.count
        // A connection found dead leaves while its slot is being visited.
        for connection in slots[current] { connection.heartbeatDue() }
    }
}
