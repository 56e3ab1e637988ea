internal import Model

/// Decides when the groups of a loop tell their observers what changed: at the end of the turn, or on the group's next
/// tick. One timer serves all groups, and those that tick at the same moment are served in one turn.
///
/// A group's ticks begin with its first change after a quiet spell and keep that phase, so that groups spread over the
/// tick as their devices do. A phase is rounded down to a twentieth of a tick or so, so that the timer fires tens of
/// times a tick at most, and no position waits longer than a tick.
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

    /// The moment one tick after `now`, rounded down to where groups meet.
    var firstTick: LiveInstant {
        let due = scheduler.now.milliseconds + tick
        return LiveInstant(milliseconds: due - due % wheel.resolution)
    }

    /// The tick after `previous`: a tick later, unless the loop is so late that this has passed as well.
    func tick(after previous: LiveInstant) -> LiveInstant {
        let next = LiveInstant(milliseconds: previous.milliseconds + tick)
        return next > scheduler.now ? next : firstTick
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
