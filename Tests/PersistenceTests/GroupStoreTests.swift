import HubTesting
import Model
import Persistence
import Testing

/// Who may do what in a group of people, and what becomes of two who do it at once.
@Suite struct `The store of groups` {
    private typealias Refusal = PostgresGroupStore.Refusal

    private func refusal(_ result: Result<PostgresGroupStore.Departure, PostgresGroupStore.Refusal>) -> String {
        if case .failure(let refusal) = result { refusal.rawValue } else { "done" }
    }

    @Test func `a group is made once, and somebody is in no more than they may be`() async throws {
        try await PersistenceFixture.with { fixture in
            let ana = try await fixture.makeUser("ana")
            let id = try #require(GroupID("family"))
            let results = try await atOnce(4) { _ in
                try await fixture.groups.make(id, named: "Family", by: ana, membershipLimit: 2, at: .now)
            }
            #expect(results.count { $0 == nil } == 1)
            #expect(results.count { $0 == .taken } == 3)
            let more = try await atOnce(4) { index in
                try await fixture.groups.make(
                    try #require(GroupID("more-\(index)")), named: "More", by: ana, membershipLimit: 2, at: .now)
            }
            #expect(more.count { $0 == nil } == 1)
            #expect(more.count { $0 == .tooManyGroups } == 3)
            let nobody = UserID(.version7(at: .now))
            let other = try #require(GroupID("other"))
            #expect(
                try await fixture.groups.make(other, named: "x", by: nobody, membershipLimit: 2, at: .now) == .notFound)
            let group = try #require(try await fixture.groups.group(id, of: ana))
            #expect(group.name == "Family" && group.role == .owner && group.memberCount == 1)
            #expect(try await fixture.groups.group(id, of: nobody) == nil)
            #expect(try await fixture.groups.groups(of: ana).count == 2)
        }
    }

    @Test(arguments: [
        // Who, removes whom, and what comes of it.
        ("owner", "admin", "done"), ("owner", "member", "done"), ("admin", "member", "done"),
        ("admin", "admin2", "forbidden"), ("admin", "owner", "forbidden"), ("member", "member2", "forbidden"),
        ("member", "admin", "forbidden"), ("stranger", "member", "not_found"), ("owner", "stranger", "no_member"),
        ("member", "stranger", "no_member"), ("owner", "owner", "owner"), ("member", "member", "done"),
        ("admin", "admin", "done"), ("stranger", "stranger", "not_found"),
    ])
    func `who may remove whom`(actor: String, leaver: String, outcome: String) async throws {
        try await PersistenceFixture.with { fixture in
            var ids: [String: UserID] = [:]
            for name in ["owner", "admin", "admin2", "member", "member2", "stranger"] {
                ids[name] = try await fixture.makeUser(name)
            }
            let group = try await fixture.makeGroup("family", by: try #require(ids["owner"]))
            for name in ["admin", "admin2", "member", "member2"] {
                try await fixture.put(
                    try #require(ids[name]), into: group, as: name.hasPrefix("admin") ? .admin : .member)
            }
            let target = try #require(ids[leaver])
            let result = try await fixture.groups.endMembership(
                of: target, in: group, by: try #require(ids[actor]), at: .now)
            #expect(refusal(result) == outcome)
            #expect(try await fixture.people.isMember(target, of: group) == (outcome != "done" && leaver != "stranger"))
        }
    }

    @Test func `who leaves takes their devices along, and nobody else's`() async throws {
        try await PersistenceFixture.with { fixture in
            let (ana, ben) = (try await fixture.makeUser("ana"), try await fixture.makeUser("ben"))
            let group = try await fixture.makeGroup("family", by: ana, with: [ben])
            let other = try await fixture.makeGroup("work", by: ben)
            let (his, here, hers) = (
                DeviceRegistration.sample(group: "family"), DeviceRegistration.sample(group: other.rawValue),
                DeviceRegistration.sample(group: "family")
            )
            for (device, user) in [(his, ben), (here, ben), (hers, ana)] {
                _ = try await fixture.people.register(device, by: user, deviceLimit: 5, groupLimit: 20, at: .now)
            }
            let departure = try await fixture.groups.endMembership(of: ben, in: group, by: ana, at: .now).get()
            #expect(departure.devices.map(\.id) == [his.id])
            #expect(departure.devices.allSatisfy { !$0.isActive })
            #expect(!departure.isDissolved)
            let devices = PostgresDeviceStore(database: fixture.database)
            #expect(try await devices.activeDevices(in: group).map(\.device.id) == [hers.id])
            #expect(try await devices.device(here.id)?.isActive == true)
            // The last who leaves dissolves it; inactive devices keep its row.
            let last = try await fixture.groups.endMembership(of: ana, in: group, by: ana, at: .now).get()
            #expect(last.isDissolved)
            #expect(try await devices.activeDevices(in: group).isEmpty)
            let row = try await fixture.query("SELECT name FROM core.groups WHERE id = 'family'")
            #expect(row.rowCount == 1 && row[0].isNull(0))
        }
    }

    @Test func `a group without devices is gone with its last member, and its id is free`() async throws {
        try await PersistenceFixture.with { fixture in
            let ana = try await fixture.makeUser("ana")
            let group = try await fixture.makeGroup("family", by: ana)
            _ = try await fixture.groups.endMembership(of: ana, in: group, by: ana, at: .now).get()
            #expect(try await fixture.query("SELECT count(*) FROM core.groups")[0].int64(0) == 0)
            _ = try await fixture.makeGroup("family", by: ana)
        }
    }

    @Test func `the owner dissolves a group, nobody else`() async throws {
        try await PersistenceFixture.with { fixture in
            let users = [
                try await fixture.makeUser("ana"), try await fixture.makeUser("ben"),
                try await fixture.makeUser("cara"),
            ]
            let group = try await fixture.makeGroup("family", by: users[0], with: [users[1]], as: .admin)
            let his = DeviceRegistration.sample(group: "family")
            let nobodys = DeviceRegistration.sample(group: "family")
            _ = try await fixture.people.register(his, by: users[1], deviceLimit: 5, groupLimit: 20, at: .now)
            let devices = PostgresDeviceStore(database: fixture.database)
            _ = try await devices.register(nobodys, limit: 20, at: .now)
            #expect(refusal(try await fixture.groups.dissolve(group, by: users[1], at: .now)) == "forbidden")
            #expect(refusal(try await fixture.groups.dissolve(group, by: users[2], at: .now)) == "not_found")
            let departure = try await fixture.groups.dissolve(group, by: users[0], at: .now).get()
            #expect(departure.devices.map(\.id) == [his.id])
            #expect(try await fixture.roles(in: group).isEmpty)
            #expect(try await devices.activeDevices(in: group).map(\.device.id) == [nobodys.id])
            #expect(refusal(try await fixture.groups.dissolve(group, by: users[0], at: .now)) == "not_found")
        }
    }

    @Test func `roles are the owner's to give, and a group always has one owner`() async throws {
        try await PersistenceFixture.with { fixture in
            let (ana, ben, cara) = (
                try await fixture.makeUser("ana"), try await fixture.makeUser("ben"), try await fixture.makeUser("cara")
            )
            let group = try await fixture.makeGroup("family", by: ana, with: [ben])
            let store = fixture.groups
            #expect(try await store.changeRole(of: ben, to: .admin, in: group, by: ben) == .forbidden)
            #expect(try await store.changeRole(of: ben, to: .admin, in: group, by: cara) == .notFound)
            #expect(try await store.changeRole(of: cara, to: .admin, in: group, by: ana) == .noMember)
            #expect(try await store.changeRole(of: ana, to: .member, in: group, by: ana) == .isOwner)
            #expect(try await store.changeRole(of: ben, to: .admin, in: group, by: ana) == nil)
            #expect(try await store.rename(group, to: "Ours", by: ben) == nil)
            #expect(try await store.changeRole(of: ben, to: .member, in: group, by: ana) == nil)
            #expect(try await store.rename(group, to: "Mine", by: ben) == .forbidden)
            #expect(try await store.rename(group, to: "Mine", by: cara) == .notFound)
            #expect(try await store.group(group, of: ana)?.name == "Ours")
            #expect(try await store.handOver(group, to: cara, by: ana) == .noMember)
            #expect(try await store.handOver(group, to: ben, by: ben) == .forbidden)
            #expect(try await store.handOver(group, to: ben, by: ana) == nil)
            #expect(try await fixture.roles(in: group) == [ana: .admin, ben: .owner])
            let members = try await store.members(of: group, for: ana)
            #expect(members.map(\.person.id) == [ana, ben])
            #expect(try await store.members(of: group, for: cara).isEmpty)
        }
    }

    @Test func `an administrator gives a group of devices its first person`() async throws {
        try await PersistenceFixture.with { fixture in
            let (ana, ben) = (try await fixture.makeUser("ana"), try await fixture.makeUser("ben"))
            let devices = PostgresDeviceStore(database: fixture.database)
            _ = try await devices.register(.sample(group: "fleet"), limit: 20, at: .now)
            let group = try #require(GroupID("fleet"))
            func appoint(_ user: UserID, of id: GroupID, members: Int = 2) async throws -> String {
                let result = try await fixture.groups.appointOwner(
                    user, of: id, memberLimit: members, membershipLimit: 1, at: .now)
                return switch result {
                case .success(let hasJoined): hasJoined ? "joined" : "done"
                case .failure(let refusal): refusal.rawValue
                }
            }
            #expect(try await appoint(ana, of: try #require(GroupID("nowhere"))) == "not_found")
            #expect(try await appoint(UserID(.version7(at: .now)), of: group) == "no_user")
            #expect(try await appoint(ana, of: group) == "joined")
            #expect(try await appoint(ana, of: group) == "done")
            #expect(try await appoint(ben, of: group, members: 1) == "full")
            #expect(try await appoint(ben, of: group) == "joined")
            #expect(try await fixture.roles(in: group) == [ana: .admin, ben: .owner])
            #expect(try await fixture.groups.group(group, of: ana)?.name == "fleet")
            _ = try await devices.register(.sample(group: "fleet-2"), limit: 20, at: .now)
            #expect(try await appoint(ana, of: try #require(GroupID("fleet-2"))) == "too_many")
        }
    }

    @Test(arguments: 0..<8)
    func `an owner who leaves while a group is handed over leaves it with one owner`(round: Int) async throws {
        try await PersistenceFixture.with { fixture in
            let (ana, ben) = (try await fixture.makeUser("ana"), try await fixture.makeUser("ben"))
            let group = try await fixture.makeGroup("family", by: ana, with: [ben])
            // The heir leaves while they inherit, and the owner tries to leave meanwhile.
            let outcomes = try await atOnce(3) { index -> String in
                switch (index + round) % 3 {
                case 0: try await fixture.groups.handOver(group, to: ben, by: ana)?.rawValue ?? "done"
                case 1: refusal(try await fixture.groups.endMembership(of: ana, in: group, by: ana, at: .now))
                default: refusal(try await fixture.groups.endMembership(of: ben, in: group, by: ben, at: .now))
                }
            }
            let roles = try await fixture.roles(in: group)
            #expect(roles.isEmpty || roles.values.count { $0 == .owner } == 1, "\(outcomes)")
        }
    }

    @Test(arguments: 0..<8)
    func `a device does not come into a group that its owner is leaving`(round: Int) async throws {
        try await PersistenceFixture.with { fixture in
            let (ana, ben) = (try await fixture.makeUser("ana"), try await fixture.makeUser("ben"))
            let group = try await fixture.makeGroup("family", by: ana, with: [ben])
            let phones = (0..<4).map { _ in DeviceRegistration.sample(group: "family") }
            _ = try await atOnce(6) { index in
                switch index {
                case 0 where round.isMultiple(of: 2): _ = try await fixture.groups.dissolve(group, by: ana, at: .now)
                case 0: _ = try await fixture.groups.endMembership(of: ben, in: group, by: ana, at: .now)
                case 1: _ = try await fixture.groups.endMembership(of: ben, in: group, by: ben, at: .now)
                default:
                    _ = try await fixture.people.register(
                        phones[index - 2], by: ben, deviceLimit: 5, groupLimit: 20, at: .now)
                }
            }
            let active = try await PostgresDeviceStore(database: fixture.database).activeDevices(in: group)
            #expect(active.isEmpty)
            #expect(try await !fixture.people.isMember(ben, of: group))
        }
    }

    /// Everything anybody may do, at random and three at a time, on a few groups of a few people.
    @Test(arguments: 0..<4)
    func `whatever people do, groups have one owner and no strangers' devices`(seed: Int) async throws {
        try await PersistenceFixture.with { fixture in
            var users: [UserID] = []
            for name in ["ana", "ben", "cara", "dan"] { users.append(try await fixture.makeUser(name)) }
            let groups = try ["g-0", "g-1"].map { try #require(GroupID($0)) }
            var generator = SeededGenerator(seed: UInt64(seed))
            for _ in 0..<40 {
                let steps = (0..<3).map { _ in
                    (
                        kind: Int.random(in: 0..<33, using: &generator),
                        actor: users[Int.random(in: 0..<users.count, using: &generator)],
                        other: users[Int.random(in: 0..<users.count, using: &generator)],
                        group: groups[Int.random(in: 0..<groups.count, using: &generator)]
                    )
                }
                _ = try await atOnce(3) { index in
                    let step = steps[index]
                    try await take(step.kind, step.actor, step.other, step.group, fixture)
                }
                let strays = try await fixture.query(
                    """
                    SELECT (SELECT count(*) FROM core.devices d WHERE d.active AND NOT EXISTS (
                            SELECT FROM core.group_members m WHERE m.group_id = d.group_id AND m.user_id = d.owner_id)),
                        (SELECT count(*) FROM core.groups g WHERE 1 <> (
                            SELECT count(*) FROM core.group_members m WHERE m.group_id = g.id AND m.role = 'owner')
                            AND EXISTS (SELECT FROM core.group_members m WHERE m.group_id = g.id)),
                        (SELECT count(*) FROM (
                            SELECT FROM core.devices WHERE active GROUP BY owner_id HAVING count(*) > 2) AS t)
                    """)[0]
                #expect((0..<3).map { strays.int64($0) } == [0, 0, 0])
            }
        }
    }

    private func take(
        _ kind: Int, _ actor: UserID, _ other: UserID, _ group: GroupID, _ fixture: PersistenceFixture
    ) async throws {
        let store = fixture.groups
        switch kind % 8 {
        case _ where kind == 32: _ = try await store.dissolve(group, by: actor, at: .now)
        case 0: _ = try await store.make(group, named: "Group", by: actor, membershipLimit: 2, at: .now)
        case 1:
            // Joins, under the locks of who joins and of the group, as accounts.join_group does.
            _ = try await fixture.database.transaction([
                PostgresQuery.lock("core.users", actor.rawValue.description),
                PostgresQuery.lock("core.groups", group.rawValue),
                PostgresQuery.joining(actor, group),
            ])
        case 2, 3:
            do {
                _ = try await fixture.people.register(
                    .sample(group: group.rawValue), by: actor, deviceLimit: 2, groupLimit: 3, at: .now)
            } catch DeviceStoreError.groupFull {}
        case 4: _ = try await store.endMembership(of: actor, in: group, by: actor, at: .now)
        case 5: _ = try await store.endMembership(of: other, in: group, by: actor, at: .now)
        case 6: _ = try await store.handOver(group, to: other, by: actor)
        default: _ = try await store.changeRole(of: other, to: .admin, in: group, by: actor)
        }
    }
}

extension PostgresQuery {
    fileprivate static func lock(_ table: String, _ id: String) -> PostgresQuery {
        let sql = "SELECT FROM \(table) WHERE id::text = '\(id)' FOR NO KEY UPDATE"
        return PostgresQuery(PostgresStatement(sql, sql))
    }

    /// Only into a group in which somebody is.
    fileprivate static func joining(_ user: UserID, _ group: GroupID) -> PostgresQuery {
        let sql = """
            INSERT INTO core.group_members (group_id, user_id, role)
            SELECT '\(group)', '\(user)'::uuid, 'member'
            WHERE EXISTS (SELECT FROM core.group_members WHERE group_id = '\(group)') ON CONFLICT DO NOTHING
            """
        return PostgresQuery(PostgresStatement(sql, sql))
    }
}
