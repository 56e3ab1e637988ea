import Model
import Testing

@testable import Actors

struct PresenceMachineTests {
    private static let start = Timestamp(milliseconds: 1_000_000)

    @Test func `a device that comes back within the grace was never away`() {
        var machine = PresenceMachine(lastSeenAt: Self.start)
        #expect(machine.connect(at: Self.start) == .tell)
        #expect(machine.declare(.busy, note: "driving", at: Self.start) == .tell)
        let end = LiveInstant(milliseconds: 10_000)
        #expect(
            machine.disconnect(at: Self.start, graceUntil: end, now: LiveInstant(milliseconds: 0))
                == .callBack(at: end))
        #expect(machine.shown.status == .busy)
        #expect(machine.connect(at: Self.start) == .nothing)
        #expect(machine.lapse(now: LiveInstant(milliseconds: 20_000)) == .nothing)
        #expect(machine.shown == Presence(status: .busy, note: "driving", lastSeenAt: Self.start))
    }

    @Test func `a grace of nothing ends at once`() {
        var machine = PresenceMachine(lastSeenAt: Self.start)
        _ = machine.connect(at: Self.start)
        let now = LiveInstant(milliseconds: 5)
        #expect(machine.disconnect(at: Self.start, graceUntil: now, now: now) == .tell)
        #expect(machine.shown.status == .offline)
    }

    @Test func `an invisible device is not seen until it shows itself`() {
        var machine = PresenceMachine(lastSeenAt: Self.start)
        _ = machine.connect(at: Self.start)
        let hidden = Self.start.advanced(by: .seconds(5))
        _ = machine.declare(.invisible, note: "secret", at: hidden)
        #expect(machine.seen(at: Self.start.advanced(by: .seconds(60))) == false)
        #expect(machine.shown == Presence(status: .offline, lastSeenAt: hidden))
        let shown = Self.start.advanced(by: .seconds(90))
        _ = machine.declare(.away, note: nil, at: shown)
        #expect(machine.shown == Presence(status: .away, lastSeenAt: shown))
    }

    @Test func `an invisible device stays hidden while it is absent, and until it comes back`() {
        var machine = PresenceMachine(lastSeenAt: Self.start)
        _ = machine.connect(at: Self.start)
        _ = machine.declare(.invisible, note: nil, at: Self.start)
        let end = LiveInstant(milliseconds: 10)
        _ = machine.disconnect(at: Self.start, graceUntil: end, now: LiveInstant(milliseconds: 0))
        #expect(machine.isInvisible)
        #expect(machine.lapse(now: end) == .tell)
        #expect(machine.isAbsent && machine.isInvisible)
        // A report without a session declares nothing.
        let reported = Self.start.advanced(by: .seconds(60))
        machine.seen(at: reported)
        #expect(machine.isInvisible)
        #expect(machine.shown == Presence(status: .offline, lastSeenAt: reported))
        _ = machine.connect(at: reported)
        #expect(!machine.isInvisible)
    }

    @Test func `only the hub says that a device is offline`() {
        var machine = PresenceMachine(lastSeenAt: Self.start)
        #expect(machine.declare(.busy, note: nil, at: Self.start) == .nothing)
        _ = machine.connect(at: Self.start)
        #expect(machine.declare(.offline, note: nil, at: Self.start) == .nothing)
        #expect(machine.shown.status == .online)
    }

    @Test func `a declaration ends with the absence`() {
        var machine = PresenceMachine(lastSeenAt: Self.start)
        _ = machine.connect(at: Self.start)
        _ = machine.declare(.busy, note: "later", at: Self.start)
        let end = LiveInstant(milliseconds: 10)
        _ = machine.disconnect(at: Self.start, graceUntil: end, now: LiveInstant(milliseconds: 0))
        #expect(machine.lapse(now: LiveInstant(milliseconds: 9)) == .callBack(at: end))
        #expect(machine.lapse(now: end) == .tell)
        #expect(machine.shown == Presence(status: .offline, lastSeenAt: Self.start))
        #expect(machine.connect(at: Self.start) == .tell)
        #expect(machine.shown.status == .online)
        #expect(machine.shown.note == nil)
    }
}
