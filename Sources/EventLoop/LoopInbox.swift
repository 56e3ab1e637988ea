internal import Synchronization

/// A bounded mailbox of one loop: items of other loops are gathered during a turn and handed over together, with one
/// wake-up for the target loop, whatever their number.
///
/// Items of one sending loop arrive in order. Sent from the inbox's own loop, an item is gathered too and arrives in
/// the same turn.
package final class LoopInbox<Item: Sendable>: Sendable {
    package let loop: Loop
    /// The most items that may be on their way at once.
    package let capacity: Int

    private let receive: @Sendable (Item) -> Void
    private let waiting = Atomic<Int>(0)

    /// - Parameter receive: Called on `loop`, once an item.
    package init(on loop: Loop, capacity: Int, receive: @escaping @Sendable (Item) -> Void) {
        self.loop = loop
        self.capacity = capacity
        self.receive = receive
    }

    /// Sends `item`; false if the inbox is full, and then nothing happens. Any thread.
    package func send(_ item: Item) -> Bool {
        let (_, count) = waiting.add(1, ordering: .relaxed)
        guard count <= capacity else {
            waiting.subtract(1, ordering: .relaxed)
            return false
        }
        if let source = Loop.current {
            source.outbox(for: self) { InboxOutbox(inbox: self) }.items.append(item)
        } else {
            loop.execute { [self] in deliver([item]) }
        }
        return true
    }

    /// The items on their way, for metrics.
    package var depth: Int { waiting.load(ordering: .relaxed) }

    fileprivate func deliver(_ items: [Item]) {
        for item in items {
            waiting.subtract(1, ordering: .relaxed)
            receive(item)
        }
    }
}

/// What one turn of a loop has gathered for one inbox.
protocol Outbox: AnyObject {
    /// Hands it to the inbox's loop.
    func handOver()
}

private final class InboxOutbox<Item: Sendable>: Outbox {
    let inbox: LoopInbox<Item>
    var items: [Item] = []

    init(inbox: LoopInbox<Item>) { self.inbox = inbox }

    func handOver() {
        let items = items
        let inbox = inbox
        if inbox.loop.isCurrent {
            inbox.loop.atEndOfTurn { inbox.deliver(items) }
        } else {
            inbox.loop.execute { inbox.deliver(items) }
        }
    }
}
