import Configuration
import Crypto
import HTTP
import Hub
import Model
import Persistence
import Testing
import Wire

/// What is ended on one hub ends on another, and what goes on while Postgres is away.
@Suite(.timeLimit(.minutes(4)))
struct AccountRevocationTests {
    @Test func `what one hub ends another notices, streams included`() async throws {
        try await RunningHub.with { hub in
            let other = try await RunningHub.start(on: hub.test.uri) { _ in }
            let upkeep = Task { await other.run() }
            let elsewhere = HubAddress(port: other.port)
            let result: Result<Void, any Error>
            do {
                let ada = try await TestPerson.register(on: hub.address, "ada")
                // The token of one hub opens the other.
                #expect(try await elsewhere.request("GET", "/api/v1/auth/me", headers: ada.headers).status == 200)
                let stream = try await TestClient.connect(
                    elsewhere, headers: ["Authorization": "Bearer \(ada.accessToken)"])
                #expect(stream.welcome.user == ada.id)
                #expect(try await ada.post("/api/v1/auth/logout", "").status == 204)
                try await Support.eventually("the other hub lets nobody in") {
                    try await elsewhere.request("GET", "/api/v1/auth/me", headers: ada.headers).status == 401
                }
                #expect(try await stream.ended().code == 1008)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            upkeep.cancel()
            await other.stop()
            try result.get()
        }
    }

    @Test(arguments: ["/api/v1/auth/logout", "another sign-in"])
    func `a stream that was let in when its sign-in ended is closed at once`(ending: String) async throws {
        // Without its upkeep, which looks for ended sign-ins every ten seconds.
        let hub = try await RunningHub.start { $0.database.connectionsPerLoop = 4 }
        let result: Result<Void, any Error>
        do {
            let ana = try await TestPerson.register(on: hub.address, "ana")
            let elsewhere = try await ana.signIn()
            let circle = try await Circle.make(by: ana)
            let phone = try await ana.register(in: circle.id)
            let client = try await hub.database.withConnection(within: .seconds(60)) { connection in
                try await connection.run(script: "BEGIN; LOCK TABLE core.devices IN ACCESS EXCLUSIVE MODE")
                // Known for who it is, it waits to hear whether the device is theirs.
                async let opening = ana.connect(as: phone)
                try await Support.eventually("the opening waits") {
                    let sql =
                        "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
                        + "WHERE NOT l.granted AND c.relname = 'devices'"
                    return try await connection.query(PostgresQuery(PostgresStatement("test.waiting", sql)))[0].int64(0)
                        ?? 0 > 0
                }
                let ended =
                    ending.hasPrefix("/")
                    ? try await ana.post(ending, "") : try await elsewhere.delete("/api/v1/auth/sessions")
                #expect(ended.status < 300)
                try await connection.run(script: "COMMIT")
                return try await opening
            }
            #expect(try await client.ended().code == 1008)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await hub.stop()
        try result.get()
    }

    @Test func `an administrator shuts an account, and opens it again`() async throws {
        let hub = try await RunningHub.shared.hub()
        var admin = hub.address
        admin.key = try await RunningHub.makeKey("admin", isAdmin: true, in: hub.keys).text
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let stream = try await ada.connect()
        #expect(try await admin.post("/api/v1/admin/users/\(ada.id)/disable", "").status == 204)
        #expect(try await stream.ended().code == 1008)
        #expect(try await ada.get("/api/v1/auth/me").error == "token_invalid")
        #expect(try await ada.tryRefresh().error == "token_invalid")
        // As if there were no such account.
        #expect(try await TestPerson.tryLogin(on: hub.address, email: ada.email).error == "invalid_credentials")
        #expect(try await admin.post("/api/v1/admin/users/\(ada.id)/enable", "").status == 204)
        let again = try await ada.signIn()
        #expect(try await again.get("/api/v1/auth/me").status == 200)
        #expect(try await hub.audit(of: ada.id.description) == ["disableUser done", "enableUser done"])
        #expect(try await admin.post("/api/v1/admin/users/\(DeviceID.random())/disable", "").status == 404)
        #expect(try await admin.post("/api/v1/admin/users/nonsense/disable", "").status == 404)
        #expect(try await hub.address.post("/api/v1/admin/users/\(ada.id)/disable", "").status == 403)
    }

    @Test func `the phone and the link of a shut account open nothing, until it is opened again`() async throws {
        let hub = try await RunningHub.shared.hub()
        var admin = hub.address
        admin.key = try await RunningHub.makeKey("admin", isAdmin: true, in: hub.keys).text
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let circle = try await Circle.make(by: ada)
        let device = try await ada.register(in: circle.id)
        let made = try await ada.post("/api/v1/devices/\(device)/ingest-token", "")
        let token = try #require(made.json["token"]?.string)
        let shared = try await ada.post("/api/v1/shares", #"{"deviceId":"\#(device)","seconds":600}"#)
        let link = try #require(shared.json["token"]?.string)
        // A device of nobody's has no account to be shut.
        let unowned = try await hub.address.register(in: .fresh())
        let other = try await hub.address.post("/api/v1/devices/\(unowned)/ingest-token", "")
        let otherToken = try #require(other.json["token"]?.string)
        let paths = [
            "/api/v1/ingest/osmand?key=\(token)&lat=1&lon=2", "/api/v1/shares/view/\(link)",
            "/api/v1/ingest/osmand?key=\(otherToken)&lat=1&lon=2",
        ]
        for (change, expected) in [("", [200, 200, 200]), ("disable", [401, 404, 200]), ("enable", [200, 200, 200])] {
            if !change.isEmpty {
                #expect(try await admin.post("/api/v1/admin/users/\(ada.id)/\(change)", "").status == 204)
            }
            for (path, status) in zip(paths, expected) {
                #expect(try await hub.address.request("GET", path, key: .some(nil)).status == status)
            }
        }
    }

    @Test func `accounts are listed page by page`() async throws {
        let hub = try await RunningHub.shared.hub()
        var admin = hub.address
        admin.key = try await RunningHub.makeKey("admin", isAdmin: true, in: hub.keys).text
        let people = [
            try await TestPerson.register(on: hub.address, "ada"),
            try await TestPerson.register(on: hub.address, "bob"),
        ]
        var seen: [String] = []
        var cursor: String?
        repeat {
            let suffix = cursor.map { "&cursor=\($0)" } ?? ""
            let page = try await admin.get("/api/v1/admin/users?limit=2\(suffix)")
            #expect(page.status == 200)
            seen += page.json["users"]?.array?.compactMap { $0["id"]?.string } ?? []
            cursor = page.json["nextCursor"]?.string
        } while cursor != nil
        #expect(Set(seen).count == seen.count)
        #expect(Set(people.map(\.id.description)).isSubset(of: seen))
    }

    @Test func `while Postgres is away who is known goes on, and nobody else begins`() async throws {
        let outage = try await Outage()
        let hub = try await RunningHub.start(on: outage.uri) {
            $0.database.statementTimeout = Outage.statementTimeout
            $0.server.requestTimeout = .seconds(2)
        }
        let address = HubAddress(port: hub.port)
        let result: Result<Void, any Error>
        do {
            let ada = try await TestPerson.register(on: address, "ada")
            let stream = try await ada.connect()
            // Every loop has to know the sign-in before, and connections meet one by chance.
            for _ in 0..<40 { #expect(try await ada.get("/api/v1/auth/sessions").status == 200) }
            await outage.begin()
            // Known by every loop: refused for what it may not do, not for who it is.
            #expect(try await ada.get("/api/v1/admin/devices").status == 403)
            try await stream.settle()
            // At once, for each waits as long as a statement may take.
            let requests: [(String, String, String?)] = [
                ("GET", "/api/v1/auth/me", nil),
                ("POST", "/api/v1/auth/login", #"{"email":"\#(ada.email)","password":"\#(ada.password)"}"#),
                ("POST", "/api/v1/auth/refresh", #"{"refreshToken":"\#(ada.refreshToken)"}"#),
                (
                    "POST", "/api/v1/auth/register",
                    #"{"email":"new@example.org","username":"new1","password":"\#(ada.password)"}"#
                ),
                ("POST", "/api/v1/auth/logout", ""),
                ("DELETE", "/api/v1/auth/account", #"{"password":"\#(ada.password)","confirmation":"DELETE"}"#),
            ]
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for (method, path, body) in requests {
                    tasks.addTask {
                        let answer = try await ada.request(method, path, body: body)
                        #expect(answer.status == 503 && answer.error == "service_unavailable", "\(method) \(path)")
                        #expect(answer["Retry-After"] != nil)
                    }
                }
                try await tasks.waitForAll()
            }
            try await outage.end()
            try await Support.eventually("the hub is back") {
                try await ada.get("/api/v1/auth/me").status == 200
            }
            // Nothing of what was refused has happened, or all of it.
            #expect(try await ada.signIn().id == ada.id)
            await stream.close()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await hub.stop()
        await outage.close()
        try result.get()
    }
}
