import Model
import Testing

@testable import hubctl

@Suite struct `A replayed track` {
    private let start = Timestamp(milliseconds: 1_795_170_600_000)

    private func track(_ offsets: [Int64]) throws -> Track {
        try Track(
            source: "t",
            points: offsets.map { offset in
                TrackPoint(
                    line: 1,
                    fix: Fix(
                        capturedAt: Timestamp(milliseconds: 1_000_000_000_000 + offset), latitude: Double(offset % 80),
                        longitude: 0, accuracy: 1, bearing: 100))
            })
    }

    private func all(_ source: some FixSource, limit: Int = .max) -> [ScheduledFix] {
        var source = source
        var fixes: [ScheduledFix] = []
        while fixes.count < limit, let next = source.next() { fixes.append(next) }
        return fixes
    }

    @Test func `bears at 1x the times at which it is sent`() throws {
        for fix in all(TrackReplay(try track([0, 1000, 5000, 60_000]), speed: .times(1), start: start)) {
            #expect(fix.fix.capturedAt == start.advanced(by: fix.due))
        }
    }

    @Test(arguments: [ReplaySpeed.times(1), .times(10), .times(100), .unlimited])
    func `keeps its spacing, ends with the replay and never tells of the future`(speed: ReplaySpeed) throws {
        let offsets: [Int64] = [0, 1500, 4000, 65_000, 3_600_000]
        let fixes = all(TrackReplay(try track(offsets), speed: speed, start: start))
        #expect(fixes.count == offsets.count)
        for (fix, offset) in zip(fixes, offsets) {
            #expect(fixes[0].fix.capturedAt.duration(to: fix.fix.capturedAt) == .milliseconds(offset))
            #expect(fix.fix.capturedAt <= start.advanced(by: fix.due))
            #expect(fix.due == speed.wallTime(.milliseconds(offset)))
        }
        let end = try #require(fixes.last)
        #expect(end.fix.capturedAt == start.advanced(by: end.due))
    }

    @Test func `recorded together with others keeps its place among them`() throws {
        let early = try track([0, 10_000])
        let late = try track([5000, 20_000])
        let span = Timestamp(milliseconds: 1_000_000_000_000)...Timestamp(milliseconds: 1_000_000_020_000)
        let first = all(TrackReplay(early, speed: .times(10), start: start, span: span))
        let second = all(TrackReplay(late, speed: .times(10), start: start, span: span))
        #expect(first.map(\.due) == [.zero, .seconds(1)])
        #expect(second.map(\.due) == [.milliseconds(500), .seconds(2)])
        #expect(first[0].fix.capturedAt.duration(to: second[1].fix.capturedAt) == .seconds(20))
        #expect(second[1].fix.capturedAt == start.advanced(by: .seconds(2)))
    }

    @Test(arguments: [1.0, 10, 5000])
    func `in a loop goes there and back, always later and never in the future`(factor: Double) throws {
        let fixes = all(TrackLoop(try track([0, 1000, 3000]), factor: factor, start: start), limit: 300)
        #expect(fixes.prefix(7).map(\.fix.latitude) == [0, 40, 40, 40, 40, 0, 0])
        #expect(fixes[3].fix.bearing == 280)
        for (before, after) in zip(fixes, fixes.dropFirst()) {
            #expect(before.fix.capturedAt < after.fix.capturedAt)
            #expect(before.due <= after.due)
        }
        for fix in fixes { #expect(start.advanced(by: fix.due).duration(to: fix.fix.capturedAt) < .seconds(1)) }
    }

    @Test func `a track of one fix can be looped`() throws {
        let fixes = all(TrackLoop(try track([0]), factor: 1, start: start), limit: 3)
        #expect(fixes.map(\.due) == [.zero, .seconds(1), .seconds(2)])
    }
}
