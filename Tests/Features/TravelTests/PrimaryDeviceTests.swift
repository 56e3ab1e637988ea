import Model
import Persistence
import Testing

@testable import Travel

@Suite(.timeLimit(.minutes(3))) struct `A primary device` {
    private static let now = Timestamp(milliseconds: 1_795_694_400_000)
    private static func later(_ seconds: Int) -> Timestamp { now.advanced(by: .seconds(seconds)) }

    private func tracked(_ user: UserID, _ fixture: RecordFixture) async throws -> [String] {
        try await fixture.query(
            """
            SELECT concat_ws(' ', device_id, (extract(epoch FROM since) * 1000)::bigint,
                (extract(epoch FROM until) * 1000)::bigint)
            FROM travel.tracked_devices WHERE user_id = $1::uuid ORDER BY since, device_id
            """, user.rawValue
        ).rows.compactMap { $0.text(0) }
    }

    @Test func `is made once, in a group of its owner's alone`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let store = fixture.devices()
            #expect(try await store.device(of: user) == nil)
            let uuid = UniqueID.version7(at: Self.now)
            let labels = DeviceLabels(name: "Ada's phone", platform: "ios", uuid: uuid)
            guard
                case .made(let device, let group) = try await store.settle(
                    for: user, labels: labels, canMake: true, at: Self.now)
            else {
                Issue.record("not made")
                return
            }
            #expect(device.rawValue == uuid)
            let found = try #require(try await store.device(of: user))
            #expect(found.id == device && found.group == group && found.uuid == uuid && found.isActive)
            #expect(found.name == "Ada's phone" && found.platform == "ios")
            let members = try await fixture.query(
                "SELECT user_id, role FROM core.group_members WHERE group_id = $1::text", group.rawValue)
            #expect(members.rowCount == 1 && members[0].uniqueID(0) == user.rawValue && members[0].text(1) == "owner")
            for _ in 0..<2 {
                let again = try await store.settle(for: user, labels: labels, canMake: true, at: Self.later(1))
                #expect(again == .kept(device))
            }
            #expect(
                try await tracked(user, fixture) == ["\(device.rawValue) \(Self.now.milliseconds)"])
        }
    }

    @Test func `without labels has those of the contract`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            _ = try await fixture.devices().settle(for: user, labels: DeviceLabels(), canMake: true, at: Self.now)
            let found = try #require(try await fixture.devices().device(of: user))
            #expect(found.name == "My Phone" && found.platform == "unknown" && found.uuid == nil)
        }
    }

    @Test func `takes the labels that are given and keeps the others`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let store = fixture.devices()
            _ = try await store.settle(for: user, labels: DeviceLabels(platform: "ios"), canMake: true, at: Self.now)
            let device = try #require(try await store.device(of: user))
            let named = try await store.settle(
                for: user, labels: DeviceLabels(name: "Another"), canMake: true, at: Self.later(1))
            #expect(named == .changed(device.id))
            let uuid = UniqueID.version7(at: Self.now)
            let called = try await store.settle(
                for: user, labels: DeviceLabels(uuid: uuid), canMake: true, at: Self.later(2))
            #expect(called == .kept(device.id))
            let found = try #require(try await store.device(of: user))
            #expect(found.id == device.id && found.name == "Another" && found.platform == "ios" && found.uuid == uuid)
        }
    }

    @Test func `is the oldest of those there are, and another when it is chosen`() async throws {
        try await RecordFixture.with { fixture in
            let (user, store) = (try await fixture.traveller(), fixture.devices())
            let older = try await fixture.device(of: user, at: Self.now)
            let newer = try await fixture.device(of: user, at: Self.later(1))
            let found = try await store.settle(for: user, labels: DeviceLabels(), canMake: true, at: Self.later(2))
            #expect(found == .kept(older))
            let chosen = try await store.settle(
                for: user, chosen: newer, labels: DeviceLabels(), canMake: false, at: Self.later(10))
            #expect(chosen == .kept(newer))
            #expect(
                try await store.settle(for: user, labels: DeviceLabels(), canMake: true, at: Self.later(11))
                    == .kept(newer))
            #expect(
                try await tracked(user, fixture) == [
                    "\(older.rawValue) \(Self.later(2).milliseconds) \(Self.later(10).milliseconds)",
                    "\(newer.rawValue) \(Self.later(10).milliseconds)",
                ])
        }
    }

    @Test func `that was deactivated gives way to another active one and to no new one`() async throws {
        try await RecordFixture.with { fixture in
            let (user, store) = (try await fixture.traveller(), fixture.devices())
            let first = try await fixture.device(of: user, at: Self.now)
            _ = try await store.settle(for: user, labels: DeviceLabels(), canMake: true, at: Self.later(1))
            try await fixture.query("UPDATE core.devices SET active = false WHERE device_id = $1", first.rawValue)
            #expect(
                try await store.settle(for: user, labels: DeviceLabels(), canMake: true, at: Self.later(2))
                    == .kept(first))
            #expect(try await store.device(of: user)?.isActive == false)
            let second = try await fixture.device(of: user, at: Self.later(3))
            #expect(
                try await store.settle(for: user, labels: DeviceLabels(), canMake: true, at: Self.later(4))
                    == .kept(second))
        }
    }

    @Test(arguments: [false, true]) func `that was erased and comes back as it was counts again`(
        isTakenUp: Bool
    ) async throws {
        try await RecordFixture.with { fixture in
            let (user, store) = (try await fixture.traveller(), fixture.devices())
            let labels = DeviceLabels(uuid: UniqueID.version7(at: Self.now))
            let first = try await store.settle(for: user, labels: labels, canMake: true, at: Self.now)
            guard case .made(let device, _) = first else {
                Issue.record("not made")
                return
            }
            let takeUp = "SELECT travel.take_up_erased($1::uuid, to_timestamp(0))"
            try await fixture.query("DELETE FROM core.devices WHERE device_id = $1", device.rawValue)
            #expect(try await tracked(user, fixture).isEmpty)
            if isTakenUp { try await fixture.query(takeUp, user.rawValue) }
            guard
                case .made(device, _) = try await store.settle(
                    for: user, labels: labels, canMake: true, at: Self.later(5))
            else {
                Issue.record("not made again")
                return
            }
            try await fixture.query(takeUp, user.rawValue)
            #expect(try await store.device(of: user)?.id == device)
            #expect(try await tracked(user, fixture) == ["\(device.rawValue) \(Self.later(5).milliseconds)"])
        }
    }

    @Test func `is never somebody else's`() async throws {
        try await RecordFixture.with { fixture in
            let (user, other, store) = (
                try await fixture.traveller(), try await fixture.traveller(), fixture.devices()
            )
            let theirs = try await fixture.device(of: other, at: Self.now)
            #expect(
                try await store.settle(
                    for: user, chosen: theirs, labels: DeviceLabels(name: "Mine now"), canMake: false, at: Self.now)
                    == .notFound)
            // A device that calls itself as one of somebody else's gets an id of its own.
            let settled = try await store.settle(
                for: user, labels: DeviceLabels(uuid: theirs.rawValue), canMake: true, at: Self.later(1))
            guard case .made(let device, _) = settled else {
                Issue.record("not made")
                return
            }
            #expect(device != theirs)
            #expect(try await store.device(of: other) == nil)
            let owner = try await fixture.query(
                "SELECT owner_id, display_name FROM core.devices WHERE device_id = $1", theirs.rawValue)
            #expect(owner[0].uniqueID(0) == other.rawValue && owner[0].text(1) == "A phone")
        }
    }

    @Test func `is not made where no group or device more may be`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let full = try await fixture.devices(memberships: 0).settle(
                for: user, labels: DeviceLabels(), canMake: true, at: Self.now)
            #expect(full == .none)
            for second in 0..<10 {
                let device = try await fixture.device(of: user, at: Self.later(second))
                try await fixture.query("UPDATE core.devices SET active = false WHERE device_id = $1", device.rawValue)
            }
            let many = try await fixture.devices(perUser: 1).settle(
                for: user, labels: DeviceLabels(), canMake: true, at: Self.later(20))
            #expect(many == .none)
            #expect(try await fixture.store.state(of: user) != nil)
            let groups = try await fixture.query(
                "SELECT count(*) FROM core.group_members WHERE user_id = $1::uuid", user.rawValue)
            #expect(groups[0].int64(0) == 10)
        }
    }

    @Test func `is one for all that ask at once`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let settled = try await withThrowingTaskGroup(of: PostgresPrimaryDeviceStore.Settlement.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        try await fixture.devices().settle(
                            for: user, labels: DeviceLabels(name: "Ada's phone"), canMake: true, at: Self.now)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let made = settled.filter { if case .made = $0 { true } else { false } }
            #expect(made.count == 1)
            let devices = try await fixture.query(
                "SELECT count(*) FROM core.devices WHERE owner_id = $1::uuid", user.rawValue)
            #expect(devices[0].int64(0) == 1)
        }
    }

    @Test func `of nobody is none`() async throws {
        try await RecordFixture.with { fixture in
            let nobody = UserID(.version7(at: Self.now))
            let settled = try await fixture.devices().settle(
                for: nobody, labels: DeviceLabels(), canMake: true, at: Self.now)
            #expect(settled == .notFound)
        }
    }
}
