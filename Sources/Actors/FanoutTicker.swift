internal import Model

/// Decides when the groups of a loop tell their observers what changed: at the end of the turn, or a tick later. One timer
/// serves all groups, and those that tick at the same moment are served in one turn.
///
/// A tick counts from the first change since the group's last frame (docs/adr/0052), and is rounded down to a twentieth of
/// itself or so: the timer fires tens of times a tick at most, groups spread over the tick as their devices do, and no
/// position waits longer than a tick.
///
/// Confined to its loop: references may be held anywhere, every method is called on the loop.
final class FanoutTicker: @unchecked Sendable {
    /// In milliseconds; 0 if there are no ticks.
    let tick: Int64

    private let scheduler: any LiveScheduler
    private let wheel: WheelTimer<GroupActor>
    private var turn: [GroupActor] = []
    /// Empty between turns; lends `turn` its memory.
    private var flushing: [GroupActor] = []
    /// Made once, not once a turn.
    private var endOfTurn: (@Sendable () -> Void)?

    init(tick: Duration, on scheduler: any LiveScheduler) {
        self.tick = tick.milliseconds
        self.scheduler = scheduler
        wheel = WheelTimer(
            on: scheduler, horizon: self.tick, resolution: FanoutTicker.resolution(of: self.tick)
        ) { groups in
            for group in groups { group.enter { $0.tick() } }
        }
        endOfTurn = { [weak self] in self?.flushTurn() }
    }

    /// When to tell what changes now.
    ///
    /// - Parameter last: When the group's last frame went out.
    /// - Returns: A tick from now; nothing, which is at once, if there are no ticks or the spell since then was quiet.
    func tick(after last: LiveInstant) -> LiveInstant? {
        let now = scheduler.now.milliseconds
        guard now - last.milliseconds < tick else { return nil }
        let due = now + tick
        return LiveInstant(milliseconds: due - due % wheel.resolution)
    }

    /// Calls the group's `endTurn()` at the end of this turn. The group asks once a turn.
    func atEndOfTurn(_ group: GroupActor) {
        if turn.isEmpty, let endOfTurn { scheduler.atEndOfTurn(endOfTurn) }
        turn.append(group)
    }

    /// Calls the group's `tick()` at `moment`.
    func at(_ moment: LiveInstant, _ group: GroupActor) {
        wheel.add(group, notBefore: moment)
    }

    func cancel() { wheel.cancel() }

    private func flushTurn() {
        swap(&turn, &flushing)
        for index in flushing.indices { flushing[index].enter { $0.endTurn() } }
        flushing.removeAll(keepingCapacity: true)
    }

    /// The largest divisor of a tick that is at most a sixteenth of it.
    static func resolution(of tick: Int64) -> Int64 {
        guard tick >= 16 else { return 1 }
        var candidate = tick / 16
        while tick % candidate != 0 { candidate -= 1 }
        return candidate
    }
}
