import Model
import Testing

@testable import Wire

/// Real movements over `presence.v1.packed`.
@Suite(.enabled(if: Tracks.folder != nil, "needs the real tracks (HUB_TRACES)"))
struct PackedTrackTests {
    @Test func `a watcher gets every track as JSON would bring it, in at most 16 bytes a fix`() throws {
        let tracks = try Tracks.all()
        try #require(!tracks.isEmpty)
        let group = groupID("family")
        var encoder = PackedGroupEncoder(group, number: 200)
        var decoder = PackedHubMessageDecoder()
        let members = tracks.indices.map { number in
            (
                number,
                GroupMember(
                    device: DeviceID(UniqueID(high: 1, low: UInt64(number))), displayName: "Track \(number)",
                    presence: Presence(status: .online, lastSeenAt: testNow))
            )
        }
        _ = try decoder.decode(encoder.snapshot(members))
        var sizes: [Int] = []
        for place in 0..<(tracks.map(\.fixes.count).max() ?? 0) {
            let fixes = tracks.indices.filter { place < tracks[$0].fixes.count }.map { ($0, tracks[$0].fixes[place]) }
            let frame = encoder.positions(fixes)
            sizes += repeatElement((frame.count + fixes.count - 1) / fixes.count, count: fixes.count)
            guard case .message(.positions(_, let positions)) = try decoder.decode(frame) else {
                Issue.record("positions are expected")
                return
            }
            #expect(positions.map(\.device) == fixes.map { members[$0.0].1.device })
            #expect(zip(positions, fixes).allSatisfy { same($0.fix, $1.1) && same($0.fix, $1.1.throughJSON) })
        }
        sizes.sort()
        #expect(sizes[sizes.count / 2] <= 16)
    }

    @Test func `a device's reports arrive as JSON would bring them, in at most 16 bytes each`() throws {
        let tracks = try Tracks.all()
        try #require(!tracks.isEmpty)
        var json = ClientMessageDecoder()
        json.rules = FixRules(clockSkew: .seconds(1 << 40), longestAge: .seconds(1 << 40))
        let decoder = PackedClientMessageDecoder(json)
        var sizes: [Int] = []
        for track in tracks {
            var encoder = PackedClientMessageEncoder()
            var reference: PackedReference?
            for (number, fix) in track.fixes.enumerated() {
                var packed: [UInt8] = []
                encoder.encode(ClientEnvelope(id: Int64(number), .location(fix)), to: &packed)
                sizes.append(packed.count)
                let envelope = try decoder.decode(packed, after: &reference, at: testNow)
                guard case .location(let read) = envelope.message else {
                    Issue.record("a location is expected")
                    return
                }
                #expect(envelope.id == Int64(number) && same(read, fix))
            }
        }
        sizes.sort()
        #expect(sizes[sizes.count / 2] <= 16)
    }
}
