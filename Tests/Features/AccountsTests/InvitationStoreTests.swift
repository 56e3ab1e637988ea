import FeatureKit
import HubTesting
import Model
import Persistence
import Testing

@testable import Accounts

/// What an invitation lets in, and what bounds it.
@Suite struct `The store of invitations` {
    private static let noon = AccountsFixture.noon

    private func user(_ name: String, in fixture: AccountsFixture) async throws -> UserID {
        try await fixture.register(name).account.id
    }

    private func group(_ name: String, by owner: UserID, in fixture: AccountsFixture) async throws -> GroupID {
        let id = try #require(GroupID(name))
        let refusal = try await PostgresGroupStore(database: fixture.database).make(
            id, named: name, by: owner, membershipLimit: 100, at: `The store of invitations`.noon)
        #expect(refusal == nil)
        return id
    }

    private func invitation(
        into group: GroupID, to invitee: String? = nil, uses: Int = 1, lasting life: Duration = .seconds(60)
    ) -> Invitation {
        let now = `The store of invitations`.noon
        return Invitation(
            id: .version7(at: now), group: group, code: .random(), role: .member, invitee: invitee, useLimit: uses,
            uses: 0, createdAt: now, expiresAt: now.advanced(by: life))
    }

    private func join(
        _ code: InvitationCode, _ user: UserID, _ store: PostgresInvitationStore, limits: PeopleLimits = PeopleLimits(),
        after delay: Duration = .zero
    ) async throws -> String {
        let moment = `The store of invitations`.noon.advanced(by: delay)
        switch try await store.join(code, by: user, limits: limits, at: moment) {
        case .success(let joining): return joining.isNew ? "joined" : "member"
        case .failure(let refusal): return refusal.rawValue
        }
    }

    @Test func `an invitation ends at its moment, not before`() async throws {
        try await AccountsFixture.with { fixture in
            let store = PostgresInvitationStore(database: fixture.database)
            let (ana, ben) = (try await user("ana", in: fixture), try await user("ben", in: fixture))
            let one = invitation(into: try await group("family", by: ana, in: fixture))
            _ = try await store.invite(one, key: nil, by: ana, limit: 10).get()
            let end = Duration.seconds(60)
            #expect(
                try await store.invitation(
                    one.code, for: ben, at: one.expiresAt.advanced(by: .milliseconds(-1)))?.memberCount == 1)
            #expect(try await store.invitation(one.code, for: ben, at: one.expiresAt) == nil)
            #expect(try await join(one.code, ben, store, after: end) == "not_found")
            #expect(try await join(one.code, ben, store, after: end - .milliseconds(1)) == "joined")
        }
    }

    @Test func `of two at once who use the last of an invitation one joins, time after time`() async throws {
        try await AccountsFixture.with { fixture in
            let store = PostgresInvitationStore(database: fixture.database)
            let ana = try await user("ana", in: fixture)
            let family = try await group("family", by: ana, in: fixture)
            for round in 0..<10 {
                let one = invitation(into: family)
                _ = try await store.invite(one, key: nil, by: ana, limit: 100).get()
                let pair = [
                    try await user("a\(round)x", in: fixture), try await user("b\(round)x", in: fixture),
                ]
                async let first = join(one.code, pair[0], store)
                async let second = join(one.code, pair[1], store)
                let outcomes = [try await first, try await second]
                #expect(Set(outcomes) == ["joined", "not_found"])
            }
            #expect(try await fixture.count("SELECT count(*) FROM core.group_members") == 11)
            #expect(try await fixture.count("SELECT count(*) FROM accounts.invitations WHERE uses <> 1") == 0)
        }
    }

    @Test func `a group has room for so many, and so has a person`() async throws {
        try await AccountsFixture.with { fixture in
            let store = PostgresInvitationStore(database: fixture.database)
            let (ana, ben) = (try await user("ana", in: fixture), try await user("ben", in: fixture))
            let family = try await group("family", by: ana, in: fixture)
            let one = invitation(into: family, uses: 5)
            _ = try await store.invite(one, key: nil, by: ana, limit: 10).get()
            var limits = PeopleLimits()
            limits.members = 1
            #expect(try await join(one.code, ben, store, limits: limits) == "full")
            limits = PeopleLimits()
            limits.memberships = 0
            #expect(try await join(one.code, ben, store, limits: limits) == "too_many")
            #expect(try await join(one.code, ben, store) == "joined")
            #expect(try await join(one.code, ben, store) == "member")
            #expect(try await fixture.count("SELECT uses::bigint FROM accounts.invitations") == 1)
            #expect(try await join(.random(), ben, store) == "not_found")
        }
    }

    @Test func `as many invitations are open as may be, and what is over makes room`() async throws {
        try await AccountsFixture.with { fixture in
            let store = PostgresInvitationStore(database: fixture.database)
            let ana = try await user("ana", in: fixture)
            let family = try await group("family", by: ana, in: fixture)
            for _ in 0..<2 {
                _ = try await store.invite(invitation(into: family), key: nil, by: ana, limit: 2).get()
            }
            let third = try await store.invite(invitation(into: family), key: nil, by: ana, limit: 2)
            #expect(third == .failure(.tooMany))
            var later = invitation(into: family)
            later.createdAt = later.createdAt.advanced(by: .seconds(60))
            later.expiresAt = later.expiresAt.advanced(by: .seconds(60))
            _ = try await store.invite(later, key: nil, by: ana, limit: 2).get()
            #expect(try await fixture.count("SELECT count(*) FROM accounts.invitations") == 1)
        }
    }

    @Test func `whoever takes a name after an invitation to it was sent is not meant`() async throws {
        try await AccountsFixture.with { fixture in
            let store = PostgresInvitationStore(database: fixture.database)
            let ana = try await user("ana", in: fixture)
            let family = try await group("family", by: ana, in: fixture)
            let one = invitation(into: family, to: "ben")
            let notified = try await store.invite(one, key: "ben", by: ana, limit: 10).get()
            #expect(notified == nil)
            let ben = try await user("ben", in: fixture)
            let now = `The store of invitations`.noon
            #expect(try await store.received(by: ben, at: now, before: nil, limit: 10).isEmpty)
            #expect(try await join(one.code, ben, store) == "not_found")
            let again = invitation(into: family, to: "ben")
            #expect(try await store.invite(again, key: "ben", by: ana, limit: 10).get() == ben)
            #expect(try await store.received(by: ben, at: now, before: nil, limit: 10).map(\.code) == [again.code])
            // Only while they do not block who sent it.
            _ = try await PostgresPeopleStore(database: fixture.database).block(ana, by: ben, limit: 10, at: now)
            #expect(try await store.received(by: ben, at: now, before: nil, limit: 10).isEmpty)
            let hidden = invitation(into: family, to: "ben")
            #expect(try await store.invite(hidden, key: "ben", by: ana, limit: 10).get() == nil)
        }
    }

    @Test func `somebody is told of an invitation while there is one, and of other things anyway`() async throws {
        try await AccountsFixture.with { fixture in
            let store = PostgresInvitationStore(database: fixture.database)
            let (ana, ben) = (try await user("ana", in: fixture), try await user("ben", in: fixture))
            let one = invitation(into: try await group("family", by: ana, in: fixture), to: "ben")
            _ = try await store.invite(one, key: "ben", by: ana, limit: 10).get()
            let notices = [Notice(to: ben, .directMessage, from: ana), Notice(to: ben, .invitation, from: ana)]
            let judge = InvitationJudge(store: store, clock: ManualClock(`The store of invitations`.noon))
            #expect(try await judge.wanted(notices) == notices)
            #expect(try await store.decline(one.code, by: ben))
            #expect(try await judge.wanted(notices) == [notices[0]])
        }
    }

    @Test func `an account is made with its first group or not at all`() async throws {
        try await AccountsFixture.with { fixture in
            let store = PostgresInvitationStore(database: fixture.database)
            let ana = try await user("ana", in: fixture)
            let family = try await group("family", by: ana, in: fixture)
            let one = invitation(into: family)
            _ = try await store.invite(one, key: nil, by: ana, limit: 10).get()
            let joined = try await fixture.accounts.register(
                AccountsFixture.person("ben"), AccountsFixture.start(), invitedBy: one.code)
            #expect(joined == family)
            // It is used up.
            await #expect(throws: AccountStoreError.invitation) {
                try await fixture.accounts.register(
                    AccountsFixture.person("cara"), AccountsFixture.start(), invitedBy: one.code)
            }
            #expect(try await fixture.accounts.account(.username(key: "cara")) == nil)
        }
    }

    @Test func `whoever was removed comes back by no code from before, and by any that is made later`() async throws {
        try await AccountsFixture.with { fixture in
            let store = PostgresInvitationStore(database: fixture.database)
            let groups = PostgresGroupStore(database: fixture.database)
            let (ana, ben) = (try await user("ana", in: fixture), try await user("ben", in: fixture))
            let cara = try await user("cara", in: fixture)
            let family = try await group("family", by: ana, in: fixture)
            let old = invitation(into: family, uses: 9)
            _ = try await store.invite(old, key: nil, by: ana, limit: 10).get()
            #expect(try await join(old.code, ben, store) == "joined")
            // By themselves, there and back.
            let noon = `The store of invitations`.noon
            _ = try await groups.endMembership(of: ben, in: family, by: ben, at: noon.advanced(by: .seconds(1))).get()
            #expect(try await join(old.code, ben, store, after: .seconds(2)) == "joined")
            let removal = noon.advanced(by: .seconds(3))
            _ = try await groups.endMembership(of: ben, in: family, by: ana, at: removal).get()
            #expect(try await join(old.code, ben, store, after: .seconds(4)) == "not_found")
            #expect(try await store.invitation(old.code, for: ben, at: removal) == nil)
            // It serves others as ever.
            #expect(try await store.invitation(old.code, for: cara, at: removal) != nil)
            #expect(try await join(old.code, cara, store, after: .seconds(4)) == "joined")
            var new = invitation(into: family, uses: 9)
            new.createdAt = removal.advanced(by: .milliseconds(1))
            _ = try await store.invite(new, key: nil, by: ana, limit: 10).get()
            #expect(try await join(new.code, ben, store, after: .seconds(4)) == "joined")
            // Removed again, and asked back by name.
            let again = noon.advanced(by: .seconds(5))
            _ = try await groups.endMembership(of: ben, in: family, by: ana, at: again).get()
            #expect(try await join(new.code, ben, store, after: .seconds(6)) == "not_found")
            var named = invitation(into: family, to: "ben")
            named.createdAt = again.advanced(by: .seconds(1))
            _ = try await store.invite(named, key: "ben", by: ana, limit: 10).get()
            #expect(try await join(named.code, ben, store, after: .seconds(7)) == "joined")
        }
    }

    @Test func `invitations go with the account that made them`() async throws {
        try await AccountsFixture.with { fixture in
            let store = PostgresInvitationStore(database: fixture.database)
            let ana = try await user("ana", in: fixture)
            let one = invitation(into: try await group("family", by: ana, in: fixture))
            _ = try await store.invite(one, key: nil, by: ana, limit: 10).get()
            try await fixture.query("DELETE FROM core.users WHERE id = $1::uuid", ana.rawValue)
            #expect(try await fixture.count("SELECT count(*) FROM accounts.invitations") == 0)
        }
    }
}
