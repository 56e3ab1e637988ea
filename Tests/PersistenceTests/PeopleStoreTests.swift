import Model
import Persistence
import Testing

/// Whose devices are, and what of them a user may register.
@Suite struct `The store of people` {
    private func register(
        _ registration: DeviceRegistration, by user: UserID, deviceLimit: Int = 5, groupLimit: Int = 20,
        in fixture: PersistenceFixture
    ) async throws -> PostgresPeopleStore.Registration {
        try await fixture.people.register(
            registration, by: user, deviceLimit: deviceLimit, groupLimit: groupLimit, at: .now)
    }

    private func isRegistered(_ outcome: PostgresPeopleStore.Registration) -> Bool {
        if case .registered = outcome { true } else { false }
    }

    @Test func `a device is of who registers it, and a user registers in their groups alone`() async throws {
        try await PersistenceFixture.with { fixture in
            let (ana, ben) = (try await fixture.makeUser("ana"), try await fixture.makeUser("ben"))
            _ = try await fixture.makeGroup("family", by: ana)
            let phone = DeviceRegistration.sample(group: "family")
            #expect(try await register(phone, by: ben, in: fixture) == .notMember)
            #expect(try await fixture.people.owner(of: phone.id) == nil)
            #expect(try await register(.sample(group: "nowhere"), by: ana, in: fixture) == .notMember)
            // It did not make the group by the way.
            #expect(
                try await fixture.query("SELECT count(*) FROM core.groups WHERE id = 'nowhere'")[0].int64(0) == 0)
            #expect(isRegistered(try await register(phone, by: ana, in: fixture)))
            #expect(try await fixture.people.owner(of: phone.id) == ana)
            #expect(try await fixture.people.devices(of: ana).map(\.id) == [phone.id])
            #expect(try await fixture.people.devices(of: ben).isEmpty)
        }
    }

    @Test func `nobody takes over a device of somebody else's or of nobody's`() async throws {
        try await PersistenceFixture.with { fixture in
            let (ana, ben) = (try await fixture.makeUser("ana"), try await fixture.makeUser("ben"))
            let group = try await fixture.makeGroup("family", by: ana, with: [ben])
            let hers = DeviceRegistration.sample(group: group.rawValue)
            let nobodys = DeviceRegistration.sample(group: group.rawValue)
            _ = try await register(hers, by: ana, in: fixture)
            _ = try await PostgresDeviceStore(database: fixture.database).register(nobodys, limit: 20, at: .now)
            for device in [hers, nobodys] {
                #expect(try await register(device, by: ben, in: fixture) == .taken)
            }
            _ = try await PostgresDeviceStore(database: fixture.database).deactivate(hers.id, at: .now)
            #expect(try await register(hers, by: ben, in: fixture) == .taken)
            #expect(try await fixture.people.owner(of: hers.id) == ana)
            #expect(try await fixture.people.owner(of: nobodys.id) == nil)
        }
    }

    @Test func `the holder of a key moves a user's device, which stays the user's`() async throws {
        try await PersistenceFixture.with { fixture in
            let ana = try await fixture.makeUser("ana")
            _ = try await fixture.makeGroup("family", by: ana)
            let phone = DeviceRegistration.sample(group: "family")
            _ = try await register(phone, by: ana, in: fixture)
            let moved = DeviceRegistration.sample(phone.id, group: "fleet")
            _ = try await PostgresDeviceStore(database: fixture.database).register(moved, limit: 20, at: .now)
            #expect(try await fixture.people.owner(of: phone.id) == ana)
        }
    }

    @Test func `of ten devices that a user registers at once five are theirs`() async throws {
        try await PersistenceFixture.with { fixture in
            let ana = try await fixture.makeUser("ana")
            _ = try await fixture.makeGroup("family", by: ana)
            let registrations = (0..<10).map { _ in DeviceRegistration.sample(group: "family") }
            let outcomes = try await atOnce(10) { try await register(registrations[$0], by: ana, in: fixture) }
            #expect(outcomes.count { isRegistered($0) } == 5)
            #expect(outcomes.count { $0 == .tooManyDevices } == 5)
            // One that is deactivated makes room, and takes it back no more once it is filled.
            let first = try #require(try await fixture.people.devices(of: ana).first)
            _ = try await PostgresDeviceStore(database: fixture.database).deactivate(first.id, at: .now)
            let next = DeviceRegistration.sample(group: "family")
            #expect(isRegistered(try await register(next, by: ana, in: fixture)))
            #expect(
                try await register(.sample(first.id, group: "family"), by: ana, in: fixture) == .tooManyDevices)
        }
    }

    @Test func `inactive devices count ten times as slowly, and end somewhere`() async throws {
        try await PersistenceFixture.with { fixture in
            let ana = try await fixture.makeUser("ana")
            _ = try await fixture.makeGroup("family", by: ana)
            let devices = PostgresDeviceStore(database: fixture.database)
            for _ in 0..<10 {
                let one = DeviceRegistration.sample(group: "family")
                #expect(isRegistered(try await register(one, by: ana, deviceLimit: 1, in: fixture)))
                _ = try await devices.deactivate(one.id, at: .now)
            }
            let another = DeviceRegistration.sample(group: "family")
            #expect(try await register(another, by: ana, deviceLimit: 1, in: fixture) == .tooManyDevices)
        }
    }

    @Test func `the group's own limit holds for users too`() async throws {
        try await PersistenceFixture.with { fixture in
            let ana = try await fixture.makeUser("ana")
            _ = try await fixture.makeGroup("family", by: ana)
            let devices = PostgresDeviceStore(database: fixture.database)
            for _ in 0..<2 { _ = try await devices.register(.sample(group: "family"), limit: 2, at: .now) }
            await #expect(throws: DeviceStoreError.groupFull(limit: 2)) {
                _ = try await register(.sample(group: "family"), by: ana, groupLimit: 2, in: fixture)
            }
        }
    }

    @Test func `memberships that have ended are told from those that have not`() async throws {
        try await PersistenceFixture.with { fixture in
            let (ana, ben) = (try await fixture.makeUser("ana"), try await fixture.makeUser("ben"))
            let group = try await fixture.makeGroup("family", by: ana)
            let (hers, his) = (Membership(of: ana, in: group), Membership(of: ben, in: group))
            #expect(try await fixture.people.ended(among: [hers, his]) == [his])
            #expect(try await fixture.people.ended(among: []).isEmpty)
            #expect(try await fixture.people.isMember(ana, of: group))
            #expect(try await !fixture.people.isMember(ben, of: group))
        }
    }

    @Test func `who blocks somebody is not found by them, unless both are in a group`() async throws {
        try await PersistenceFixture.with { fixture in
            let (ana, ben) = (try await fixture.makeUser("ana"), try await fixture.makeUser("ben"))
            let store = fixture.people
            #expect(try await store.person(named: "ana", seenBy: ben)?.person.id == ana)
            #expect(try await store.block(ben, by: ana, limit: 1, at: .now) == .done)
            #expect(try await store.block(ben, by: ana, limit: 1, at: .now) == .done)
            #expect(try await store.person(named: "ana", seenBy: ben)?.isHidden == true)
            // The other way round nothing has changed.
            #expect(try await store.person(named: "ben", seenBy: ana)?.person.id == ben)
            _ = try await fixture.makeGroup("family", by: ana, with: [ben])
            #expect(try await store.person(named: "ana", seenBy: ben)?.person.id == ana)
            #expect(try await store.person(ana, seenBy: ben)?.sharesGroup == true)
            #expect(try await store.blocked(by: ana, after: nil, limit: 10).map(\.person.id) == [ben])
            let nobody = UserID(.version7(at: .now))
            #expect(try await store.block(nobody, by: ben, limit: 1, at: .now) == .notFound)
            let cara = try await fixture.makeUser("cara")
            #expect(try await store.block(cara, by: ana, limit: 1, at: .now) == .tooMany)
            #expect(try await store.unblock(ben, by: ana))
            #expect(try await !store.unblock(ben, by: ana))
            #expect(try await store.person(cara, seenBy: ben)?.sharesGroup == false)
            #expect(try await store.person(nobody, seenBy: ben) == nil)
        }
    }
}
