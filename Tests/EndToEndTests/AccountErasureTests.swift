import Model
import Persistence
import Testing
import Wire

/// People delete their accounts, with everything that is theirs.
@Suite(.timeLimit(.minutes(4)))
struct AccountErasureTests {
    @Test func `a deleted account leaves nothing, and its name and address are free`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let other = try await ada.signIn()
        let stream = try await other.connect()
        let device = try await hub.give(ada, deviceIn: .fresh())
        try await HubAddress.fill(hub, device, count: 100)
        try await hub.unlock("explorer", for: ada)

        for body in [
            #"{"confirmation":"DELETE"}"#, #"{"password":"\#(ada.password)"}"#,
            #"{"password":"\#(ada.password)","confirmation":"delete"}"#,
        ] {
            #expect(try await ada.delete("/api/v1/auth/account", body).status == 400)
        }
        let wrong = try await ada.delete(
            "/api/v1/auth/account", #"{"password":"wrong-Harbour.1","confirmation":"DELETE"}"#)
        #expect(wrong.status == 401 && wrong.error == "invalid_credentials")
        #expect(try await ada.deleteAccount().status == 204)

        #expect(try await stream.ended().code == 1008)
        for person in [ada, other] {
            let answer = try await person.get("/api/v1/auth/me")
            #expect(answer.status == 401 && answer.error == "token_invalid")
            #expect(try await person.tryRefresh().status == 401)
        }
        #expect(try await TestPerson.tryLogin(on: hub.address, email: ada.email).status == 401)
        for (table, column) in [
            ("core.users", "id"), ("accounts.credentials", "user_id"), ("accounts.sign_ins", "user_id"),
            ("core.group_members", "user_id"), ("core.devices", "owner_id"),
            ("achievements.unlocked", "user_id"),
        ] {
            #expect(try await hub.count("SELECT count(*) FROM \(table) WHERE \(column) = '\(ada.id)'") == 0)
        }
        #expect(try await hub.stored(device).isEmpty)
        #expect(try await hub.audit(of: device.description) == ["deleteAccount done"])
        let again = try await TestPerson.tryRegister(on: hub.address, email: ada.email, username: ada.username)
        #expect(again.status == 201)
    }

    @Test func `a live device of a deleted account leaves its group at once`() async throws {
        let hub = try await RunningHub.immediate.hub()
        let group = GroupID.fresh()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let device = try await hub.give(ada, deviceIn: group)
        let watcher = try await TestClient.connect(hub.address)
        #expect(try await watcher.watch(group).members.map(\.device) == [device])
        let phone = try await TestClient.connect(hub.address, as: device)
        #expect(try await ada.deleteAccount().status == 204)
        _ = try await watcher.first("left") {
            if case .member(let change) = $0, change.device == device, change.kind == .left { change } else { nil }
        }
        #expect(try await phone.ended().code == 1008)
        await watcher.close()
    }

    @Test func `of two deletions at once one is made`() async throws {
        try await RunningHub.with { hub in
            for _ in 0..<3 {
                let ada = try await TestPerson.register(on: hub.address, "ada")
                let other = try await ada.signIn()
                async let first = ada.deleteAccount()
                async let second = other.deleteAccount()
                let statuses = [try await first.status, try await second.status]
                #expect(statuses.sorted() == [204, 401])
            }
        }
    }

    @Test func `an erasure that was cut short is finished by its job`() async throws {
        try await RunningHub.with { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let device = try await hub.give(ada, deviceIn: .fresh())
            try await HubAddress.fill(hub, device, count: 10)
            // As a hub leaves it that was killed after the answer was decided and before anything was erased.
            try await hub.database.withConnection(within: .seconds(60)) { connection in
                try await connection.run(
                    script: """
                        SELECT * FROM accounts.close('\(ada.id)', now());
                        INSERT INTO core.jobs (id, kind, priority, payload, dedupe_key, run_at, max_attempts)
                        VALUES (gen_random_uuid(), 'erase_account', 1, '\(ada.id)', '\(ada.id)', now(), 100)
                        """)
            }
            try await Support.eventually("the account is gone") {
                try await hub.count("SELECT count(*) FROM core.users WHERE id = '\(ada.id)'") == 0
            }
            #expect(try await hub.stored(device).isEmpty)
            #expect(try await ada.get("/api/v1/auth/me").status == 401)
        }
    }
}

extension RunningHub {
    /// A device of a person's, in a group that is theirs too.
    func give(_ person: TestPerson, deviceIn group: GroupID) async throws -> DeviceID {
        let device = try await address.register(in: group)
        try await database.withConnection(within: .seconds(60)) { connection in
            try await connection.run(
                script: """
                    INSERT INTO core.group_members (group_id, user_id, role)
                    VALUES ('\(group)', '\(person.id)', 'owner') ON CONFLICT DO NOTHING;
                    UPDATE core.devices SET owner_id = '\(person.id)' WHERE device_id = '\(device)'
                    """)
        }
        return device
    }
}
