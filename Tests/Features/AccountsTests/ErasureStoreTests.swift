import HubTesting
import Jobs
import Model
import Persistence
import Testing

@testable import Accounts

@Suite(.timeLimit(.minutes(5)))
struct ErasureStoreTests {
    @Test func `an account that is closed opens nothing, frees its address, and leaves a job behind`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, start) = try await fixture.register("ada")
            let job = AccountEraser.job(for: account.id, at: AccountsFixture.noon)
            #expect(
                try await fixture.erasures.close(account.id, followedBy: job, at: AccountsFixture.noon) == [start.id])
            #expect(try await fixture.accounts.account(account.id) == nil)
            #expect(try await fixture.signIns.state(of: start.id) == nil)
            #expect(try await fixture.rotate(start.refreshToken) == .refused)
            #expect(try await fixture.count("SELECT count(*) FROM core.jobs WHERE kind = 'erase_account'") == 1)
            // The name is theirs until the person is gone; the address is not.
            var successor = AccountsFixture.person("bob")
            successor.emailKey = "ada@example.org"
            try await fixture.accounts.register(successor, AccountsFixture.start())
            // Again there is nothing to close.
            let again = AccountEraser.job(for: account.id, at: AccountsFixture.noon)
            #expect(
                try await fixture.erasures.close(account.id, followedBy: again, at: AccountsFixture.noon) == nil)
        }
    }

    @Test func `nobody joins by an invitation of somebody who has closed their account`() async throws {
        try await AccountsFixture.with { fixture in
            let (ada, _) = try await fixture.register("ada")
            let (bob, _) = try await fixture.register("bob")
            try await fixture.join("alone", ada, "owner", day: 1)
            let store = PostgresInvitationStore(database: fixture.database)
            let noon = AccountsFixture.noon
            let invitation = Invitation(
                id: .version7(at: noon), group: try #require(GroupID("alone")), code: .random(), role: .member,
                invitee: nil, useLimit: 9, uses: 0, createdAt: noon, expiresAt: noon.advanced(by: .seconds(60)))
            _ = try await store.invite(invitation, key: nil, by: ada.id, limit: 10).get()
            #expect(try await store.isOpen(invitation.code, at: noon))
            #expect(try await !store.isOpen(invitation.code, at: invitation.expiresAt))
            let job = AccountEraser.job(for: ada.id, at: noon)
            #expect(try await fixture.erasures.close(ada.id, followedBy: job, at: noon) != nil)
            #expect(try await !store.isOpen(invitation.code, at: noon))
            let joining = try await store.join(invitation.code, by: bob.id, limits: PeopleLimits(), at: noon)
            #expect(joining == .failure(.notFound))
        }
    }

    @Test func `somebody leaves the groups of others one at a time, and keeps what is theirs alone`() async throws {
        try await AccountsFixture.with { fixture in
            let (ada, _) = try await fixture.register("ada")
            let (bob, _) = try await fixture.register("bob")
            for group in ["first", "second"] {
                try await fixture.join(group, bob, "owner", day: 1)
                try await fixture.join(group, ada, "member", day: 2)
            }
            try await fixture.join("alone", ada, "owner", day: 1)
            var left: [String] = []
            while case let groups = try await fixture.erasures.withdraw(ada.id, at: AccountsFixture.noon),
                !groups.isEmpty
            {
                #expect(groups.count == 1)
                left += groups.map { "\($0.group) \($0.change.rawValue)" }
            }
            #expect(left == ["first left", "second left"])
            #expect(try await fixture.owner(of: "alone") == ada.id)
        }
    }

    @Test func `groups go to the oldest admin, or the oldest member, or are dissolved`() async throws {
        try await AccountsFixture.with { fixture in
            let (owner, _) = try await fixture.register("owner")
            let (early, _) = try await fixture.register("early")
            let (admin, _) = try await fixture.register("admin")
            try await fixture.join("with-admin", owner, "owner", day: 1)
            try await fixture.join("with-admin", early, "member", day: 2)
            try await fixture.join("with-admin", admin, "admin", day: 3)
            try await fixture.join("members", owner, "owner", day: 1)
            try await fixture.join("members", admin, "member", day: 3)
            try await fixture.join("members", early, "member", day: 2)
            try await fixture.join("alone", owner, "owner", day: 1)
            try await fixture.join("with-devices", owner, "owner", day: 1)
            try await fixture.query(
                """
                INSERT INTO core.devices (device_id, display_name, group_id)
                VALUES (gen_random_uuid(), 'Tracker', 'with-devices')
                """)
            try await fixture.join("guest", early, "owner", day: 1)
            try await fixture.join("guest", owner, "member", day: 2)

            let changes = try #require(try await fixture.erasures.remove(owner.id))
            #expect(
                changes.map { "\($0.group) \($0.change.rawValue)" } == [
                    "alone dissolved", "guest left", "members handed_over", "with-admin handed_over",
                    "with-devices dissolved",
                ])
            #expect(try await fixture.owner(of: "with-admin") == admin.id)
            #expect(try await fixture.owner(of: "members") == early.id)
            #expect(try await fixture.owner(of: "guest") == early.id)
            #expect(try await fixture.count("SELECT count(*) FROM core.groups WHERE id = 'alone'") == 0)
            // What is in it belongs to whoever holds a key; nobody's name for it stays.
            #expect(
                try await fixture.count(
                    "SELECT count(*) FROM core.groups WHERE id = 'with-devices' AND name IS NULL") == 1)
            for table in ["core.group_members", "accounts.sign_ins"] {
                #expect(
                    try await fixture.count("SELECT count(*) FROM \(table) WHERE user_id = '\(owner.id)'") == 0)
            }
            #expect(try await fixture.count("SELECT count(*) FROM core.users WHERE id = '\(owner.id)'") == 0)
            // Whoever is gone is gone.
            #expect(try await fixture.erasures.remove(owner.id)?.isEmpty == true)
        }
    }

    @Test func `somebody with a device cannot go before it`() async throws {
        try await AccountsFixture.with { fixture in
            let (ada, _) = try await fixture.register("ada")
            try await fixture.join("group", ada, "owner", day: 1)
            try await fixture.query(
                """
                INSERT INTO core.devices (device_id, display_name, group_id, owner_id)
                VALUES ('00000000-0000-4000-8000-000000000001', 'Phone', 'group', '\(ada.id)')
                """)
            let blocked = try await fixture.erasures.remove(ada.id)
            #expect(blocked == nil)
            // Nothing of it has happened.
            #expect(try await fixture.owner(of: "group") == ada.id)
            let devices = try await fixture.erasures.devices(of: ada.id, limit: 10)
            #expect(devices.map(\.description) == ["00000000-0000-4000-8000-000000000001"])
        }
    }
}

extension AccountsFixture {
    fileprivate func join(_ group: String, _ account: Account, _ role: String, day: Int) async throws {
        try await query(
            """
            WITH made AS (
                INSERT INTO core.groups (id, name) VALUES ('\(group)', 'Name of \(group)') ON CONFLICT DO NOTHING)
            SELECT 1
            """)
        try await query(
            """
            INSERT INTO core.group_members (group_id, user_id, role, joined_at)
            VALUES ('\(group)', '\(account.id)', '\(role)', '2026-01-0\(day)')
            """)
    }

    fileprivate func owner(of group: String) async throws -> UserID? {
        let result = try await query(
            "SELECT user_id FROM core.group_members WHERE group_id = '\(group)' AND role = 'owner'")
        return result.rowCount == 1 ? result[0].uniqueID(0).map(UserID.init) : nil
    }
}
