import HubTesting
import Model
import Testing

@testable import Wire

/// What the hub says over `presence.v1.packed`, and what a client makes of it.
@Suite struct PackedHubMessageTests {
    private let group = groupID("fam-1")
    private let time = Timestamp(milliseconds: 1_795_170_600_000)

    private func device(_ number: Int) -> DeviceID { DeviceID(UniqueID(high: 7, low: UInt64(number))) }

    private func member(_ number: Int, _ fix: Fix? = nil) -> GroupMember {
        GroupMember(
            device: device(number), displayName: "Member \(number)",
            presence: Presence(status: .away, note: number == 2 ? "nö" : nil, lastSeenAt: time), lastFix: fix)
    }

    private func positions(_ fixes: [(Int, Fix)]) -> PackedHubMessageDecoder.Reading {
        .message(.positions(group, fixes.map { DevicePosition(device: device($0.0), fix: $0.1) }))
    }

    @Test func `a client gets what was sent, with and without having missed frames`() throws {
        var random = SeededGenerator(seed: 3)
        var encoder = PackedGroupEncoder(group, number: 300)
        var steady = PackedHubMessageDecoder()
        var late = PackedHubMessageDecoder()
        let first = encoder.snapshot((1...20).map { ($0, member($0)) }, re: 4)
        let expected = HubMessage.Snapshot(re: 4, group: group, members: (1...20).map { member($0) })
        #expect(try steady.decode(first) == .message(.snapshot(expected)))
        #expect(try late.decode(first) == .message(.snapshot(expected)))
        var newest: [Int: Fix] = [:]
        var missed: Set<Int> = []
        for round in 0..<3000 {
            var fixes: [(Int, Fix)] = []
            for number in 1...20 where Int.random(in: 0..<4, using: &random) == 0 {
                let fix = moved(newest[number], using: &random)
                newest[number] = fix
                fixes.append((number, fix))
            }
            guard !fixes.isEmpty else { continue }
            let frame = encoder.positions(fixes)
            #expect(try steady.decode(frame) == positions(fixes))
            if Int.random(in: 0..<3, using: &random) > 0 {
                missed.formUnion(fixes.map(\.0))
            } else if missed.isEmpty {
                #expect(try late.decode(frame) == positions(fixes))
            } else if round % 2 == 0 {
                missed.formUnion(fixes.map(\.0))
                let caughtUp = missed.sorted().compactMap { number in newest[number].map { (number, $0) } }
                #expect(try late.decode(encoder.restated(caughtUp)) == positions(caughtUp))
                missed = []
            } else {
                let all = (1...20).map { ($0, member($0, newest[$0])) }
                let expected = HubMessage.Snapshot(re: nil, group: group, members: all.map(\.1))
                #expect(try late.decode(encoder.snapshot(all)) == .message(.snapshot(expected)))
                missed = []
            }
        }
    }

    /// A fix later than `last`: mostly nearby, sometimes far away or with other members.
    private func moved(_ last: Fix?, using random: inout SeededGenerator) -> Fix {
        var fix = randomFix(using: &random)
        guard let last, Int.random(in: 0..<20, using: &random) > 0 else {
            fix.capturedAt = (last?.capturedAt ?? time).advanced(
                by: .milliseconds(Int.random(in: 1...9_000_000, using: &random)))
            return fix
        }
        func step(_ degrees: Double, _ limit: Double) -> Double {
            let moved = degrees + Double.random(in: -0.001...0.001, using: &random)
            return min(max((moved * 1e7).rounded() / 1e7, -limit), limit)
        }
        fix.latitude = step(last.latitude, 90)
        fix.longitude = step(last.longitude, 180)
        let elapsed = Bool.random(using: &random) ? 1000 : Int.random(in: 1...5000, using: &random)
        fix.capturedAt = last.capturedAt.advanced(by: .milliseconds(elapsed))
        return fix
    }

    @Test func `a client that missed an anchor says so and shows nothing`() throws {
        var encoder = PackedGroupEncoder(group, number: 1)
        var decoder = PackedHubMessageDecoder()
        _ = try decoder.decode(encoder.snapshot([(0, member(0)), (1, member(1))]))
        let fix = Fix(capturedAt: time, latitude: 1, longitude: 2, accuracy: 3)
        var next = fix
        next.capturedAt = time.advanced(by: .seconds(1))
        _ = encoder.positions([(0, fix)])
        let frame = encoder.positions([(0, next), (1, fix)])
        #expect(try decoder.decode(frame) == .outdated(group))
        _ = try decoder.decode(encoder.snapshot([(0, member(0, next)), (1, member(1, fix))]))
        #expect(try decoder.decode(encoder.positions([(0, next)])) == positions([(0, next)]))
    }

    @Test func `a number that is given to another member brings none of the old one's anchors`() throws {
        var encoder = PackedGroupEncoder(group, number: 1)
        var decoder = PackedHubMessageDecoder()
        _ = try decoder.decode(encoder.snapshot([(0, member(5))]))
        let fix = Fix(capturedAt: time, latitude: 1, longitude: 2, accuracy: 3)
        #expect(try decoder.decode(encoder.positions([(0, fix)])) == positions([(5, fix)]))
        encoder.forget(0)
        var left: [UInt8] = []
        encoder.member(0, to: &left) {
            HubMessageEncoder.left(device(5), displayName: "Five", in: group, to: &$0)
        }
        let leaving = HubMessage.MemberChange(group: group, kind: .left, device: device(5), displayName: "Five")
        #expect(try decoder.decode(left) == .message(.member(leaving)))
        #expect(try decoder.decode(encoder.positions([(0, fix)])) == .outdated(group))
        encoder.forget(0)
        var joined: [UInt8] = []
        encoder.member(0, to: &joined) { HubMessageEncoder.joined(member(6), in: group, to: &$0) }
        let joining = HubMessage.MemberChange(
            group: group, kind: .joined, device: device(6), displayName: "Member 6", state: member(6))
        #expect(try decoder.decode(joined) == .message(.member(joining)))
        #expect(try decoder.decode(encoder.positions([(0, fix)])) == positions([(6, fix)]))
    }

    @Test func `presences and acknowledgements are read as they are written`() throws {
        let encoder = PackedGroupEncoder(group, number: 1 << 40)
        var decoder = PackedHubMessageDecoder()
        _ = try decoder.decode(encoder.snapshot([(19, member(19))]))
        for status in PresenceStatus.allCases {
            for note in [nil, "", "on the way"] {
                var bytes: [UInt8] = []
                encoder.presence(Presence(status: status, note: note, lastSeenAt: time), of: 19, to: &bytes)
                let shown = Presence(status: status.shown, note: note, lastSeenAt: time)
                #expect(
                    try decoder.decode(bytes)
                        == .message(.presence(.init(group: group, device: device(19), presence: shown))))
            }
        }
        for re in [nil, 0, 127, 9_007_199_254_740_991] as [Int64?] {
            var bytes: [UInt8] = []
            PackedHubMessageEncoder.ack(re: re, processed: 50, to: &bytes)
            #expect(try decoder.decode(bytes) == .message(.fixesStored(re: re, count: 50)))
        }
    }

    @Test func `what is of no group the client watches is ignored, as is what it does not know`() throws {
        var encoder = PackedGroupEncoder(group, number: 8)
        let fix = Fix(capturedAt: time, latitude: 1, longitude: 2, accuracy: 3)
        var decoder = PackedHubMessageDecoder()
        #expect(try decoder.decode(encoder.positions([(0, fix)])) == .message(.unknown(type: "positions")))
        _ = try decoder.decode(encoder.snapshot([(0, member(0))]))
        decoder.forget(group)
        #expect(try decoder.decode(encoder.positions([(0, fix)])) == .message(.unknown(type: "positions")))
        #expect(try decoder.decode([0xFE, 1, 2]) == .message(.unknown(type: "0xfe")))
    }

    @Test func `a hub that sends no numbers is not believed`() throws {
        var encoder = PackedGroupEncoder(group, number: 1)
        var decoder = PackedHubMessageDecoder()
        _ = try decoder.decode(encoder.snapshot([(0, member(0))]))
        let wrong = Fix(capturedAt: time, latitude: .nan, longitude: .infinity, accuracy: 3)
        let frame = encoder.positions([(0, wrong)])
        let refusal = refusal { () throws(Refusal) in _ = try decoder.decode(frame) }
        #expect(refusal?.details.map(\.field) == ["positions[0].latitude", "positions[0].longitude"])
    }

    @Test func `JSON is read as in the plain protocol`() throws {
        var decoder = PackedHubMessageDecoder()
        #expect(try decoder.decode(json(#"{"type":"ok","re":3}"#)) == .message(.ok(re: 3)))
    }

    @Test(arguments: [
        0.0, -0.0, Double.leastNonzeroMagnitude, 0.1, 0.30000000000000004, 1e15, 21474836.47, 21474836.48, -0.5,
        123.456,
    ])
    func `numbers come out as they went in, to the last bit`(value: Double) throws {
        var encoder = PackedGroupEncoder(group, number: 1)
        var decoder = PackedHubMessageDecoder()
        _ = try decoder.decode(encoder.snapshot([(0, member(0))]))
        let fix = Fix(
            capturedAt: time, latitude: value, longitude: -value, accuracy: value, altitude: -value, bearing: value,
            speed: Double(Float(value)))
        guard case .message(.positions(_, let positions)) = try decoder.decode(encoder.positions([(0, fix)])) else {
            Issue.record("positions are expected")
            return
        }
        #expect(same(positions[0].fix, fix))
        #expect(same(positions[0].fix, fix.throughJSON))
    }
}
