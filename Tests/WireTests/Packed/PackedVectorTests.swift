import Foundation
import Model
import Testing

@testable import Wire

/// The bytes of `presence.v1.packed`, as `docs/protocol.md` has them: a change that moves one breaks every client.
@Suite struct PackedVectorTests {
    private static let group = groupID("family")
    private static let ada = DeviceID(uniqueID("6f1c1d0e-7f5e-4b5e-9f0e-0d9f3a2b1c4d"))
    private static let grace = DeviceID(uniqueID("0b7e5a52-0000-7000-8000-000000000001"))
    private static let start = Timestamp(milliseconds: 1_795_170_600_000)

    private static let fix = Fix(
        capturedAt: start, latitude: 48.1486, longitude: 17.1077, accuracy: 8, speed: 1.4, batteryLevel: 81)
    private static let next = Fix(
        capturedAt: start.advanced(by: .seconds(5)), latitude: 48.1487, longitude: 17.1079, accuracy: 6.5,
        altitude: -1.2, bearing: 271.35, provider: "gps", networkType: "réseau")
    private static let far = Fix(
        capturedAt: start.advanced(by: .milliseconds(9500)), latitude: 48.2, longitude: 17.05, accuracy: 0.125)
    private static let raw = Fix(
        capturedAt: start.advanced(by: .seconds(12)), latitude: 48.14861234567, longitude: 17.1, accuracy: 1e-3)

    private static let halfway = Fix(
        capturedAt: start.advanced(by: .seconds(13)), latitude: -33.5, longitude: -58.38159275, accuracy: 8)
    private static let whole = Fix(
        capturedAt: start.advanced(by: .seconds(14)), latitude: -33.5, longitude: -58.3815928, accuracy: 8)

    /// What a client sends on one connection, in this order.
    private static let fromClient: [(hex: String, envelope: ClientEnvelope)] = [
        ("01085280918c88bf68b0e4b21c886d320a203951", ClientEnvelope(id: 7, .location(fix))),
        ("0100ac0ae803d00785025dfecf06010e72c3a973656175", ClientEnvelope(.location(next))),
        (
            "02ad020201a946e8d307482af7070000003e03c0cc8d88bf689e37b6ba051348409a999999991931"
                + "4003fca9f1d24d62503f", ClientEnvelope(id: 300, .locations([far, raw]))
        ),
        ("7b2274797065223a2270696e67222c226964223a317d", ClientEnvelope(id: 1, .ping)),
        // Halfway between two 10⁻⁷ degrees, and the one it counts as.
        ("01000390dc8d88bf680000000000c040c003d2fe07d8304dc020", ClientEnvelope(.location(halfway))),
        ("010000020000000020", ClientEnvelope(.location(whole))),
    ]

    private enum Sent {
        case positions([(Int, Fix)])
        case restated([(Int, Fix)])
        case snapshot([(Int, GroupMember)], re: Int64?)
        case presence(Int, Presence)
        case left(Int)
        case ack(re: Int64?, Int)
    }

    /// What the hub says to one watcher, in this order.
    private static let fromHub: [(hex: String, sent: Sent)] = [
        (
            "820985010666616d696c7902006f1c1d0e7f5e4b5e9f0e0d9f3a2b1c4d034164611080918c88bf68"
                + "5280918c88bf68b0e4b21c886d320a203951010b7e5a520000700080000000000000010547726163"
                + "650a06696e20e2988280918c88bf68",
            .snapshot(
                [
                    (0, member(ada, "Ada", .online, fix)), (1, member(grace, "Grace", .busy, note: "in ☂")),
                ], re: 8)
        ),
        (
            "868501010190df8c88bf6898e8b21c5875320aac000000000085025dfecf06010e72c3a9736561"
                + "75", .positions([(0, next)])
        ),
        (
            "81850102000101a946e8d307482af7070000003e020003c0cc8d88bf689e37b6ba051348409a9999"
                + "999919314003fca9f1d24d62503f", .positions([(0, far), (1, raw)])
        ),
        (
            "81850102010190df8c88bf6898e8b21c5875320a01a946e8d307482af7070000003e020003c0cc8d"
                + "88bf689e37b6ba051348409a9999999919314003fca9f1d24d62503f", .restated([(0, far), (1, raw)])
        ),
        ("838501010380918c88bf68", .presence(1, Presence(status: .invisible, lastSeenAt: start))),
        (
            "820085010666616d696c7901006f1c1d0e7f5e4b5e9f0e0d9f3a2b1c4d034164613180918c88bf68"
                + "0190df8c88bf6898e8b21c5875320a01a946e8d307482af7070000003e",
            .snapshot([(0, member(ada, "Ada", .away, far))], re: nil)
        ),
        (
            "848501007b2274797065223a226d656d626572222c2267726f7570223a2266616d696c79222c2263"
                + "68616e6765223a226c656674222c22646576696365223a7b226465766963654964223a2236663163"
                + "316430652d376635652d346235652d396630652d306439663361326231633464222c22646973706c"
                + "61794e616d65223a22416461227d7d", .left(0)
        ),
        ("850832", .ack(re: 7, 50)),
    ]

    private static func member(
        _ device: DeviceID, _ name: String, _ status: PresenceStatus, _ fix: Fix? = nil, note: String? = nil
    ) -> GroupMember {
        GroupMember(
            device: device, displayName: name, presence: Presence(status: status, note: note, lastSeenAt: start),
            lastFix: fix)
    }

    private static func device(_ number: Int) -> DeviceID { number == 0 ? ada : grace }

    private func message(_ sent: Sent) -> HubMessage {
        switch sent {
        case .positions(let fixes), .restated(let fixes):
            .positions(Self.group, fixes.map { DevicePosition(device: Self.device($0.0), fix: $0.1) })
        case .snapshot(let members, let re): .snapshot(.init(re: re, group: Self.group, members: members.map(\.1)))
        case .presence(let number, var presence):
            .presence(
                .init(
                    group: Self.group, device: Self.device(number),
                    presence: {
                        presence.status = presence.status.shown
                        return presence
                    }()))
        case .left(let number):
            .member(.init(group: Self.group, kind: .left, device: Self.device(number), displayName: "Ada"))
        case .ack(let re, let count): .fixesStored(re: re, count: count)
        }
    }

    private func written(_ sent: Sent, by encoder: inout PackedGroupEncoder) -> [UInt8] {
        var bytes: [UInt8] = []
        switch sent {
        case .positions(let fixes): bytes = encoder.positions(fixes)
        case .restated(let fixes): bytes = encoder.restated(fixes)
        case .snapshot(let members, let re): bytes = encoder.snapshot(members, re: re)
        case .presence(let number, let presence): encoder.presence(presence, of: number, to: &bytes)
        case .left(let number):
            encoder.member(number, to: &bytes) {
                HubMessageEncoder.left(Self.device(number), displayName: "Ada", in: Self.group, to: &$0)
            }
        case .ack(let re, let count): PackedHubMessageEncoder.ack(re: re, processed: count, to: &bytes)
        }
        return bytes
    }

    @Test func `a client's messages have these bytes`() throws {
        var encoder = PackedClientMessageEncoder()
        let decoder = PackedClientMessageDecoder()
        var reference: PackedReference?
        for vector in Self.fromClient {
            var packed: [UInt8] = []
            encoder.encode(vector.envelope, to: &packed)
            #expect(hex(packed) == vector.hex)
            for count in 0..<packed.count {
                var before = reference
                let refusal = refusal { () throws(Refusal) in
                    _ = try decoder.decode(Array(packed[..<count]), after: &before, at: Self.start)
                }
                #expect(refusal?.code == .invalidFormat)
            }
            var before = reference
            let refusal = refusal { () throws(Refusal) in
                _ = try decoder.decode(packed + [0], after: &before, at: Self.start)
            }
            #expect(refusal?.code == .invalidFormat)
            #expect(try decoder.decode(packed, after: &reference, at: Self.start) == vector.envelope)
        }
    }

    @Test func `the hub's messages have these bytes`() throws {
        var encoder = PackedGroupEncoder(Self.group, number: 133)
        var decoder = PackedHubMessageDecoder()
        for vector in Self.fromHub {
            let packed = written(vector.sent, by: &encoder)
            #expect(hex(packed) == vector.hex)
            for count in 0..<packed.count {
                let cut = refusal { () throws(Refusal) in
                    var decoder = decoder
                    _ = try decoder.decode(Array(packed[..<count]))
                }
                #expect(cut?.code == .invalidFormat)
            }
            let trailing = refusal { () throws(Refusal) in
                var decoder = decoder
                _ = try decoder.decode(packed + [0])
            }
            #expect(trailing?.code == .invalidFormat)
            #expect(try decoder.decode(packed) == .message(message(vector.sent)))
        }
    }

    /// What clients in other languages are tested with: the same bytes, each with the message of `presence.v1` that means the same.
    @Test func `the vectors for other clients are these`() throws {
        struct Vectors: Decodable {
            struct Vector: Decodable {
                let bytes: String
            }

            let fromClient: [Vector]
            let fromHub: [Vector]
        }
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "vectors.json")
        let data = try Data(contentsOf: file)
        let vectors = try JSONDecoder().decode(Vectors.self, from: data)
        #expect(vectors.fromClient.map(\.bytes) == Self.fromClient.map(\.hex))
        #expect(vectors.fromHub.map(\.bytes) == Self.fromHub.map(\.hex))
        let whole = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [[String: Any]]])
        func messages(_ key: String) throws -> [[UInt8]] {
            try (whole[key] ?? []).map { vector in
                Array(try JSONSerialization.data(withJSONObject: vector["message"] as Any))
            }
        }
        for (message, vector) in zip(try messages("fromHub"), Self.fromHub) {
            #expect(try HubMessageDecoder.decode(message.span.bytes) == self.message(vector.sent))
        }
        for (message, vector) in zip(try messages("fromClient"), Self.fromClient) {
            #expect(try ClientMessageDecoder().decode(message.span.bytes, at: Self.start) == vector.envelope)
        }
    }
}
