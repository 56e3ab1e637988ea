internal import Model
internal import Persistence
internal import Synchronization

/// From which to which moment a device reported what is not worked in.
struct FixSpan: Hashable, Sendable {
    var first: Timestamp
    var last: Timestamp
    var count: Int
    /// When the first of them was received.
    var receivedAt: Timestamp
    /// When it came here.
    var waitsSince: ContinuousClock.Instant

    mutating func join(_ other: FixSpan) {
        first = min(first, other.first)
        last = max(last, other.last)
        count += other.count
        receivedAt = min(receivedAt, other.receivedAt)
        waitsSince = min(waitsSince, other.waitsSince)
    }
}

/// Which devices have reported since they were last worked in, and when: not what, which is in Postgres. Callable from any
/// thread.
final class PendingFixes: CommittedFixSubscriber {
    private struct State {
        var waiting: [DeviceID: FixSpan] = [:]
        /// Of those that are being worked in.
        var taken: [DeviceID: FixSpan] = [:]
        /// Devices that count for nobody, so far as is known.
        var ignored: Set<DeviceID> = []
        /// Of what there was no room for, when the first was received.
        var missed: Timestamp?
    }

    private let limits: TravelLiveLimits
    private let state = Mutex(State())

    init(limits: TravelLiveLimits) { self.limits = limits }

    func fixesCommitted(_ fixes: [CommittedFix]) {
        let now = ContinuousClock.now
        state.withLock { state in
            for fix in fixes where fix.fix.accuracy <= limits.worstAccuracy && !state.ignored.contains(fix.device) {
                let span = FixSpan(
                    first: fix.fix.capturedAt, last: fix.fix.capturedAt, count: 1, receivedAt: fix.receivedAt,
                    waitsSince: now)
                if state.waiting[fix.device]?.join(span) != nil { continue }
                if state.waiting.count < limits.devices {
                    state.waiting[fix.device] = span
                } else {
                    state.missed = min(state.missed ?? fix.receivedAt, fix.receivedAt)
                }
            }
        }
    }

    /// Of which something waits or is being worked in.
    var deviceCount: Int { state.withLock { $0.waiting.count + $0.taken.count } }

    /// Takes what has waited long enough, or is much; it is then given back by ``finish(_:)`` or ``putBack(_:)``.
    ///
    /// - Parameter isAll: Whether everything has.
    func take(at now: ContinuousClock.Instant = .now, isAll: Bool = false) -> [DeviceID: FixSpan] {
        state.withLock { state in
            var due: [DeviceID: FixSpan] = [:]
            for (device, span) in state.waiting
            where isAll || span.count >= limits.batch || span.waitsSince.advanced(by: limits.longestDelay) <= now {
                due[device] = span
            }
            for (device, span) in due {
                state.waiting[device] = nil
                if state.taken[device]?.join(span) == nil { state.taken[device] = span }
            }
            return due
        }
    }

    /// These are worked in or marked.
    func finish(_ devices: some Sequence<DeviceID>) {
        state.withLock { state in for device in devices { state.taken[device] = nil } }
    }

    /// These wait again, for another try.
    func putBack(_ devices: some Sequence<DeviceID>) {
        state.withLock { state in
            for device in devices {
                guard let span = state.taken.removeValue(forKey: device) else { continue }
                if state.waiting[device]?.join(span) == nil { state.waiting[device] = span }
            }
        }
    }

    /// These count for nobody: what they report is passed over until ``doubtIgnored()``.
    func ignore(_ devices: some Sequence<DeviceID>) {
        state.withLock { state in
            if state.ignored.count > limits.devices { state.ignored.removeAll() }
            for device in devices {
                state.taken[device] = nil
                state.ignored.insert(device)
            }
        }
    }

    func doubtIgnored() { state.withLock { $0.ignored.removeAll(keepingCapacity: true) } }

    /// When the oldest of all was received that is not worked in or marked; nothing if all is.
    var oldest: Timestamp? {
        state.withLock { state in
            var oldest = state.missed
            for spans in [state.waiting, state.taken] {
                for span in spans.values { oldest = min(oldest ?? span.receivedAt, span.receivedAt) }
            }
            return oldest
        }
    }

    /// When the first was received that there was no room for; nothing if there was none. It is forgotten with that.
    func takeMissed() -> Timestamp? {
        state.withLock { state in
            defer { state.missed = nil }
            return state.missed
        }
    }

    /// There was no use in taking it.
    func putBack(missed: Timestamp) { state.withLock { $0.missed = min($0.missed ?? missed, missed) } }
}
