/// Decides when spans are sent, sent again and given up; reads no clock and sends nothing. One batch is on its way at a
/// time, and what comes meanwhile gathers behind it, up to the bound.
package struct SpanBatcher<Item>: ~Copyable {
    package enum Action {
        case wait
        /// Call ``timerFired()`` after this long, in place of a timer that still runs.
        case startTimer(Duration)
        /// Send it, and tell how that ended.
        case send([Item])
    }

    /// How sending a batch has ended.
    package enum Ending: Equatable, Sendable {
        case accepted
        /// It may be taken later: after that long, if the collector has said how long.
        case retry(after: Duration?)
        /// It never will be.
        case refused
    }

    private let limits: SpanBatchLimits
    private var pending: [Item] = []
    /// On its way, or waiting to be sent again.
    private var batch: [Item] = []
    private var isOnItsWay = false
    private var attempts = 0
    private var isDraining = false

    /// Items lost because there was no room for them, since the start.
    package private(set) var dropped = 0
    /// Items given up because the collector did not take them.
    package private(set) var failed = 0
    package private(set) var accepted = 0
    /// Batches sent again.
    package private(set) var retries = 0

    package init(limits: SpanBatchLimits) { self.limits = limits }

    /// Items not sent yet, or not known to have arrived.
    package var count: Int { pending.count + batch.count }

    package mutating func append(_ item: Item) -> Action {
        guard pending.count < limits.queue else {
            dropped += 1
            return .wait
        }
        pending.append(item)
        guard batch.isEmpty else { return .wait }
        if pending.count >= limits.batch || isDraining { return sendPending() }
        return pending.count == 1 ? .startTimer(limits.delay) : .wait
    }

    package mutating func timerFired() -> Action {
        guard !isOnItsWay else { return .wait }
        guard batch.isEmpty else { return send() }
        return pending.isEmpty ? .wait : sendPending()
    }

    /// - Parameter jitter: 0…1, so that hubs that failed together do not return together: between half the wait and all.
    package mutating func ended(_ ending: Ending, jitter: Double) -> Action {
        guard isOnItsWay else { return .wait }
        isOnItsWay = false
        switch ending {
        case .accepted: accepted += batch.count
        case .retry(let wish) where attempts < limits.attempts && !isDraining:
            retries += 1
            let own = fullWait * (0.5 + jitter / 2)
            return .startTimer(min(max(own, wish ?? .zero), limits.longestWait))
        case .retry, .refused: failed += batch.count
        }
        batch = []
        attempts = 0
        guard !pending.isEmpty else { return .wait }
        if pending.count >= limits.batch || isDraining { return sendPending() }
        return .startTimer(limits.delay)
    }

    /// From now on everything is sent at once, and once.
    package mutating func drain() -> Action {
        isDraining = true
        return timerFired()
    }

    private var fullWait: Duration {
        var wait = limits.shortestWait
        for _ in 1..<max(attempts, 1) where wait < limits.longestWait { wait = wait * 2 }
        return min(wait, limits.longestWait)
    }

    private mutating func sendPending() -> Action {
        let count = min(limits.batch, pending.count)
        batch = Array(pending[..<count])
        pending.removeFirst(count)
        return send()
    }

    private mutating func send() -> Action {
        attempts += 1
        isOnItsWay = true
        return .send(batch)
    }
}

extension SpanBatcher.Action: Equatable where Item: Equatable {}
