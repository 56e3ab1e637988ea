internal import Model

/// A ``TimerWheel`` with one timer of the loop under it, which runs only while something waits.
///
/// Confined to its loop: references may be held anywhere, every method is called on the loop.
final class WheelTimer<Item: Sendable>: @unchecked Sendable {
    private let scheduler: any LiveScheduler
    private let onDue: @Sendable ([Item]) -> Void
    private var wheel: TimerWheel<Item>
    private var timer: (any ScheduledWork)?
    private var wakesAt: LiveInstant?

    /// - Parameters:
    ///   - horizon: How far ahead an item may fall due, in milliseconds.
    ///   - resolution: In milliseconds; items of one slot fall due together.
    ///   - onDue: Takes the items; may add others. It must not keep the wheel's owner alive.
    init(
        on scheduler: any LiveScheduler, horizon: Int64, resolution: Int64,
        onDue: @escaping @Sendable ([Item]) -> Void
    ) {
        self.scheduler = scheduler
        self.onDue = onDue
        wheel = TimerWheel(horizon: horizon, resolution: resolution)
    }

    var count: Int { wheel.count }

    /// Milliseconds between two slots.
    var resolution: Int64 { wheel.resolution }

    /// Adds an item that falls due on the first slot not before `due`.
    func add(_ item: Item, notBefore due: LiveInstant) {
        wheel.add(item, notBefore: due, now: scheduler.now)
        arm()
    }

    /// Forgets every item and stops the timer.
    func cancel() {
        timer?.cancel()
        timer = nil
        wakesAt = nil
        wheel.removeAll()
    }

    private func arm() {
        guard let next = wheel.next else { return }
        if let wakesAt, wakesAt <= next { return }
        timer?.cancel()
        wakesAt = next
        let delay = max(0, next.milliseconds - scheduler.now.milliseconds)
        timer = scheduler.schedule(after: .milliseconds(delay)) { [weak self] in self?.fire() }
    }

    private func fire() {
        timer = nil
        wakesAt = nil
        let due = wheel.takeDue(now: scheduler.now)
        if !due.isEmpty { onDue(due) }
        arm()
    }
}
