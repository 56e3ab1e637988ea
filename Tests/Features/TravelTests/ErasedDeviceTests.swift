import HubTesting
import Journeys
import Model
import Testing

@testable import Persistence
@testable import Travel

/// What one of somebody's devices has told goes with it, and what others told stays (docs/adr/0051).
@Suite(.timeLimit(.minutes(4))) struct `A record of which a device was erased alone` {
    /// Two phones, the second of which took over from the first, and a file that covers the time of both.
    private struct Life {
        let first: [TrackPoint]
        let second: [TrackPoint]
        let file: [TrackPoint]
        let change: Timestamp

        init(seed: UInt64, _ random: inout SeededGenerator) {
            let track = RandomTrack(seed: seed &* 131).points
            let cut = Int.random(in: 0..<track.count, using: &random)
            (first, second, change) = (Array(track[..<cut]), Array(track[cut...]), track[cut].time)
            file = RandomTrack(seed: seed &* 131 &+ 7).points
        }

        /// What counts of these: of a moment a device's before a file's.
        static func points(_ live: [TrackPoint], over file: [TrackPoint]) -> [TrackPoint] {
            let times = Set(live.map(\.time))
            return live + file.filter { !times.contains($0.time) }
        }
    }

    private func compare(
        _ user: UserID, with points: [TrackPoint], in fixture: RecordFixture,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let (stored, expected) = (try await WholeRecord.stored(of: user, in: fixture), WholeRecord.expected(of: points))
        let isSame = stored == (points.isEmpty ? ["totals 0 0 0 0 0 0"] : expected)
        #expect(
            isSame, "\(Set(stored).symmetricDifference(expected).sorted().prefix(6))", sourceLocation: location)
        let state = try await fixture.store.state(of: user)
        #expect(state?.dirty == nil && state?.hasErased == false, sourceLocation: location)
        #expect(state?.workedTo == points.map(\.time).max(), sourceLocation: location)
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `is that of somebody who only ever had the other one`(seed: UInt64) async throws {
        try await RecordFixture.with { fixture in
            var random = SeededGenerator(seed: seed)
            let life = Life(seed: seed, &random)
            let user = try await fixture.traveller()
            let (first, second) = try await fixture.devices(of: user, changedAt: life.change)
            let clock = ManualClock(life.second.last?.time ?? life.change)
            let hub = LiveHub(fixture, clock: clock)
            _ = try await fixture.store.add(life.file, of: user)
            hub.recorder.pending.fixesCommitted(try await fixture.store(life.first, of: first, at: clock.now))
            hub.recorder.pending.fixesCommitted(try await fixture.store(life.second, of: second, at: clock.now))
            await hub.flush()
            for _ in 0..<2 { await hub.tick() }
            try await compare(user, with: Life.points(life.first + life.second, over: life.file), in: fixture)

            let (gone, rest) = seed % 2 == 0 ? (first, life.second) : (second, life.first)
            try await fixture.erase(gone)
            let step = DeviceErasure(travel: hub.travel, live: hub.recorder)
            #expect(try await !step.erase(leftBy: gone, within: .zero))
            #expect(try await step.erase(leftBy: gone, within: .seconds(60)))
            try await compare(user, with: Life.points(rest, over: life.file), in: fixture)
            // Again there is nothing to do.
            let version = try await fixture.store.state(of: user)?.version
            try await fixture.erase(gone)
            #expect(try await step.erase(leftBy: gone, within: .seconds(60)))
            #expect(try await fixture.store.state(of: user)?.version == version)
            // And the other one as well.
            let other = gone == first ? second : first
            try await fixture.erase(other)
            #expect(try await step.erase(leftBy: other, within: .seconds(60)))
            try await compare(user, with: life.file, in: fixture)
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `is right while locations come and hubs are killed`(seed: UInt64) async throws {
        try await RecordFixture.with { fixture in
            var random = SeededGenerator(seed: seed &+ 40)
            let life = Life(seed: seed &+ 40, &random)
            let user = try await fixture.traveller()
            let (first, second) = try await fixture.devices(of: user, changedAt: life.change)
            let clock = ManualClock(life.change)
            var hub = LiveHub(fixture, clock: clock)
            await hub.recorder.beat()
            let all = (life.first.map { ($0, first) } + life.second.map { ($0, second) })[...]
            let erasure = Int.random(in: 0...all.count, using: &random)
            var (rest, hasErased) = (all, false)
            var file = life.file[...]
            while !rest.isEmpty || !hasErased {
                let batch = rest.prefix(.random(in: 1...60, using: &random))
                rest = rest.dropFirst(batch.count)
                if let last = batch.last { clock.set(max(clock.now, last.0.time)) }
                for device in [first, second] where !hasErased || device == second {
                    let own = batch.filter { $0.1 == device }.map(\.0)
                    let told = try await fixture.store(own, of: device, at: clock.now)
                    if Int.random(in: 0..<8, using: &random) > 0 { hub.recorder.pending.fixesCommitted(told) }
                    // What is told only after the device is gone.
                    if all.count - rest.count >= erasure, !hasErased, device == first {
                        try await fixture.erase(first)
                        hub.recorder.pending.fixesCommitted(told)
                        hasErased = true
                    }
                }
                let sent = file.prefix(.random(in: 0...80, using: &random))
                file = file.dropFirst(sent.count)
                _ = try await fixture.store.add(Array(sent), of: user)
                switch Int.random(in: 0..<6, using: &random) {
                case 0, 1: await hub.flush()
                case 2: await hub.tick()
                case 3:
                    _ = try await DeviceErasure(travel: hub.travel, live: hub.recorder)
                        .erase(leftBy: first, within: .milliseconds(1))
                default: break
                }
                // Killed: what it had in memory is gone, and what it had begun stands as it is.
                if Int.random(in: 0..<6, using: &random) == 0 {
                    try await fixture.ageHubs()
                    hub = LiveHub(fixture, clock: clock)
                    await hub.recorder.beat()
                }
            }
            _ = try await fixture.store.add(Array(file), of: user)
            try await fixture.ageHubs()
            hub = LiveHub(fixture, clock: clock)
            for _ in 0..<3 { await hub.tick() }
            try await compare(user, with: Life.points(life.second, over: life.file), in: fixture)
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `is made in slices that may be broken off anywhere`(seed: UInt64) async throws {
        try await RecordFixture.with { fixture in
            var random = SeededGenerator(seed: seed &+ 90)
            let life = Life(seed: seed &+ 90, &random)
            let user = try await fixture.traveller()
            let (first, second) = try await fixture.devices(of: user, changedAt: life.change)
            _ = try await fixture.store(life.first, of: first, at: life.change)
            _ = try await fixture.store(life.second, of: second, at: life.change)
            _ = try await fixture.store.add(life.file, of: user)
            let all = life.first + life.second + life.file
            let span =
                try #require(all.map(\.time).min()).milliseconds...(try #require(all.map(\.time).max())).milliseconds
            try await PostgresLiveStore(database: fixture.database).mark(
                user, Timestamp(milliseconds: span.lowerBound)...Timestamp(milliseconds: span.upperBound))
            try await fixture.keeper(pages: 50).workIn(for: user)
            try await fixture.erase(first)
            var turns = 0
            var late: [TrackPoint] = []
            while let state = try await fixture.store.state(of: user), state.hasErased || state.dirty != nil {
                turns += 1
                try #require(turns < 2000, "it comes to no end")
                // Killed in the middle of a transaction, and begun anew.
                try await fixture.database.withConnection(within: .seconds(60)) { connection in
                    let step =
                        state.dirty == nil && turns > 1
                        ? "finish_erased('\(user)', \(state.version), NULL)"
                        : "take_up_erased('\(user)', NULL)"
                    try await connection.run(script: "BEGIN; SELECT travel.\(step); ROLLBACK")
                }
                if turns == 3 { try await fixture.erase(second) }
                if turns < 6 {
                    let point = TrackPoint(
                        time: Timestamp(milliseconds: .random(in: span, using: &random) | 1), latitude: 10,
                        longitude: 10)
                    late.append(point)
                    _ = try await fixture.store.add([point], of: user)
                }
                try await fixture.keeper(pages: 50).workIn(for: user, within: .zero)
            }
            let times = Set(life.file.map(\.time))
            try await compare(user, with: life.file + late.filter { !times.contains($0.time) }, in: fixture)
        }
    }
}
