/// What a device has to tell and what of it is acknowledged: nothing leaves it but by an acknowledgement.
///
/// A value that knows no socket and no clock. Items get consecutive numbers when they are added. They are sent in that
/// order, in batches, with at most ``Limits/window`` batches unacknowledged at a time. What a lost connection or a
/// refusal leaves unacknowledged is sent again, oldest first, before anything new.
struct ResendQueue<Item> {
    struct Limits: Hashable, Sendable {
        /// Items in a batch; 1 to 50 is what the protocol takes.
        var batch = 50
        /// Batches on their way at once.
        var window = 8
    }

    /// Items to send under one id.
    struct Batch {
        /// Unique for the life of the queue, so that an answer of an earlier connection is never taken for another's.
        var id: Int
        /// The numbers of the items.
        var range: Range<Int>
        var items: [Item]
        /// Whether it, or a part of it, was sent before.
        var isRepeat: Bool
    }

    private struct Waiting {
        var range: Range<Int>
        /// The most items that may travel together: halved when a batch is refused for what it holds.
        var limit = Int.max
        var isSuspect = false
    }

    /// May change at any time; what is on its way stays so.
    var limits: Limits
    private var items: [Item?] = []
    /// The number of `items[0]`.
    private var base = 0
    /// The first number never sent.
    private var fresh = 0
    private var repeats: [Waiting] = []
    private var inFlight: [(id: Int, waiting: Waiting)] = []
    private var nextID = 1
    private(set) var acknowledgedCount = 0
    private(set) var rejectedCount = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    /// Items added so far.
    var addedCount: Int { base + items.count }

    /// Items neither acknowledged nor rejected.
    var openCount: Int { addedCount - acknowledgedCount - rejectedCount }

    /// Items that were sent at least once.
    var sentCount: Int { fresh }

    var isEmpty: Bool { openCount == 0 }

    var inFlightCount: Int { inFlight.count }

    mutating func append(_ item: Item) { items.append(item) }

    /// The next batch to send, now on its way; nothing if the window is full or nothing waits.
    mutating func nextBatch() -> Batch? {
        guard inFlight.count < limits.window else { return nil }
        var waiting: Waiting
        let isRepeat = !repeats.isEmpty
        if isRepeat {
            waiting = repeats[0]
            let count = min(waiting.range.count, waiting.limit, limits.batch)
            let taken = waiting.range.lowerBound..<waiting.range.lowerBound + count
            if count == waiting.range.count {
                repeats.removeFirst()
            } else {
                repeats[0].range = taken.upperBound..<waiting.range.upperBound
            }
            waiting.range = taken
        } else {
            guard fresh < addedCount else { return nil }
            waiting = Waiting(range: fresh..<min(addedCount, fresh + limits.batch))
            fresh = waiting.range.upperBound
        }
        let id = nextID
        nextID += 1
        inFlight.append((id, waiting))
        return Batch(
            id: id, range: waiting.range,
            items: items[waiting.range.lowerBound - base..<waiting.range.upperBound - base]
                .compactMap(\.self), isRepeat: isRepeat)
    }

    /// Takes an acknowledgement.
    ///
    /// - Returns: The numbers and the items it settles; nothing for an id that is not on its way, such as an answer
    ///   that a lost connection still delivered.
    mutating func acknowledge(_ id: Int) -> (range: Range<Int>, items: [Item])? {
        guard let waiting = remove(id) else { return nil }
        acknowledgedCount += waiting.range.count
        return (waiting.range, settle(waiting.range))
    }

    /// Takes back a batch that the hub cannot take now; it is the first to be sent again.
    mutating func postpone(_ id: Int) {
        guard let waiting = remove(id) else { return }
        putBack(waiting)
    }

    /// Takes a refusal of what a batch holds. The batch is halved and sent again, until the item at fault is alone.
    ///
    /// - Returns: The number and the item that the hub will not take, once it is alone; it is then given up.
    mutating func refuse(_ id: Int) -> (number: Int, item: Item)? {
        guard var waiting = remove(id) else { return nil }
        if waiting.range.count == 1 {
            rejectedCount += 1
            return settle(waiting.range).first.map { (waiting.range.lowerBound, $0) }
        }
        waiting.limit = (waiting.range.count + 1) / 2
        waiting.isSuspect = true
        putBack(waiting)
        return nil
    }

    /// Takes back everything on its way: the connection is gone, and with it the answers.
    mutating func connectionLost() {
        let lost = inFlight
        inFlight.removeAll(keepingCapacity: true)
        for entry in lost.reversed() { putBack(entry.waiting) }
    }

    private mutating func remove(_ id: Int) -> Waiting? {
        guard let index = inFlight.firstIndex(where: { $0.id == id }) else { return nil }
        return inFlight.remove(at: index).waiting
    }

    private mutating func putBack(_ waiting: Waiting) {
        let index = repeats.firstIndex { $0.range.lowerBound > waiting.range.lowerBound } ?? repeats.count
        repeats.insert(waiting, at: index)
        // Neighbours that may travel together do, so that a lost connection does not leave crumbs.
        var at = max(index - 1, 0)
        while at + 1 < repeats.count, at <= index {
            let left = repeats[at]
            let right = repeats[at + 1]
            if left.range.upperBound == right.range.lowerBound, !left.isSuspect, !right.isSuspect {
                repeats[at].range = left.range.lowerBound..<right.range.upperBound
                repeats.remove(at: at + 1)
            } else {
                at += 1
            }
        }
    }

    private mutating func settle(_ range: Range<Int>) -> [Item] {
        var settled: [Item] = []
        settled.reserveCapacity(range.count)
        for number in range {
            if let item = items[number - base] { settled.append(item) }
            items[number - base] = nil
        }
        let done = items.prefix { $0 == nil }.count
        // Removing moves the rest, so it is done in strides.
        if done == items.count || done >= 256 {
            items.removeFirst(done)
            base += done
        }
        return settled
    }
}
