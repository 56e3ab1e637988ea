import Configuration
import Crypto
import Hub
import Model
import Persistence
import Testing
import Wire

/// Postgres goes away under a running hub, and comes back.
@Suite(.timeLimit(.minutes(3)))
struct OutageTests {
    /// Runs `body` with a hub whose Postgres it can take away.
    private func with(
        _ configure: (inout HubConfiguration) -> Void = { _ in },
        _ body: (HubAddress, Outage, PostgresAPIKeyStore) async throws -> Void
    ) async throws {
        let outage = try await Outage()
        let hub = try await RunningHub.start(on: outage.uri) {
            $0.fanout.tick = .zero
            $0.database.statementTimeout = Outage.statementTimeout
            $0.server.requestTimeout = .seconds(2)
            configure(&$0)
        }
        let database = Support.database(outage.url)
        let keys = PostgresAPIKeyStore(database: database)
        let key = try await RunningHub.makeKey("test", in: keys)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(HubAddress(port: hub.port, key: key.text), outage, keys))
        } catch {
            result = .failure(error)
        }
        await hub.stop()
        await database.close()
        await outage.close()
        try result.get()
    }

    @Test func `without Postgres movement goes on, nothing is acknowledged, and all of it is when it is back`()
        async throws
    {
        try await with { hub, outage, _ in
            // One group on each loop.
            let groups = [GroupID.fresh("a", onLoop: 0), GroupID.fresh("b", onLoop: 1)]
            var devices: [TestClient] = []
            var ids: [DeviceID] = []
            let watcher = try await TestClient.connect(hub)
            for group in groups {
                let id = try await hub.register(in: group)
                let device = try await TestClient.connect(hub, as: id)
                #expect(try await device.ask(.location(.sample(at: .now.advanced(by: .seconds(-60))))).isAck)
                _ = try await watcher.watch(group)
                ids.append(id)
                devices.append(device)
            }
            _ = try await hub.probe("/api/health/ready")
            // Every loop has to know the key before, and connections meet one by chance.
            for _ in 0..<40 { _ = try await hub.list(groups[0]) }

            await outage.begin()
            try await Support.eventually("the hub is not ready") {
                try await hub.get("/api/health/ready").status == 503
            }
            let health = try await hub.get("/api/health")
            #expect(health.status == 503)
            #expect(health.json["status"] == .string("unhealthy"))
            #expect(health.json["database"]?["connected"] == .boolean(false))
            #expect(try await hub.get("/api/health/live").status == 200)

            let fixes = Fix.samples(20)
            for (number, fix) in fixes.enumerated() {
                for (device, group) in zip(devices, groups) {
                    await device.send(.location(fix), id: Int64(number))
                    #expect(try await watcher.positions(of: group).map(\.fix) == [fix])
                }
            }
            // A device in memory can still connect, be listed and say how it is.
            let second = try await TestClient.connect(hub, as: ids[0])
            try await second.ask(.presence(.init(status: .busy)))
            #expect(try await hub.list(groups[0]).first?["status"]?.string == "busy")

            let upload = try await hub.post(
                BadUploadTests.one, Uploads.one(of: ids[1], .sample(at: .now.advanced(by: .seconds(-120)))))
            #expect(upload.status == 503)
            #expect(upload.error == "service_unavailable")
            #expect(upload.json["message"] == .string("Database temporarily unavailable"))
            #expect(upload["Retry-After"] == "1")
            #expect(upload.json["retryAfter"] == .integer(1))
            let registration = try await hub.tryRegister(.random(), in: groups[0])
            #expect(registration.status == 503)
            #expect(registration.error == "service_unavailable")
            let unknown = try await hub.post(BadUploadTests.one, Uploads.one(of: .random(), .sample()))
            #expect(unknown.status == 503, "a device nobody can look up is not told that it does not exist")

            // Nothing was acknowledged: the pong is the first reply of the outage.
            for device in devices {
                await device.send(.ping, id: 7000)
                let reply: HubMessage = try await device.first { $0.re == nil ? nil : $0 }
                #expect(reply.re == 7000)
            }

            try await outage.end()
            for device in devices {
                var waiting = Set<Int64>(0..<20)
                while !waiting.isEmpty {
                    let re: Int64 = try await device.first("an acknowledgement") { $0.isAck ? $0.re : nil }
                    #expect(waiting.remove(re) != nil)
                }
            }
            try await Support.eventually("the hub is ready") {
                try await hub.get("/api/health/ready").status == 200
            }
            #expect(try await hub.metric("hub_journal_rows_held") == 0)
            #expect(try await hub.serves())
            for client in devices + [second, watcher] { await client.close() }
        }
    }

    @Test func `past its bound the hub takes no more and drops nothing it took`() async throws {
        try await with {
            $0.limits.writeBehindHighWater = 20
            $0.limits.pendingAcks = 1000
        } _: { hub, outage, _ in
            let group = GroupID.fresh()
            let id = try await hub.register(in: group)
            let device = try await TestClient.connect(hub, as: id)
            #expect(try await device.ask(.location(.sample(at: .now.advanced(by: .seconds(-1000))))).isAck)
            await outage.begin()
            let fixes = Fix.samples(200)
            for (number, fix) in fixes.enumerated() { await device.send(.location(fix), id: Int64(number)) }
            await device.send(.ping, id: 7000)
            var refused: Set<Int64> = []
            while true {
                let message = try await device.next()
                if message.re == 7000 { break }
                guard case .error(let failure) = message, let re = failure.re else { continue }
                #expect(failure.code == .serviceUnavailable)
                #expect(failure.message == "Database temporarily unavailable")
                #expect(failure.retryAfter == 1)
                refused.insert(re)
            }
            #expect(!refused.isEmpty && refused.count < 200)
            let upload = try await hub.post(BadUploadTests.one, Uploads.one(of: id, .sample()))
            #expect(upload.status == 503)
            #expect(upload.json["message"] == .string("Database temporarily unavailable"))

            try await outage.end()
            var acknowledged: Set<Int64> = []
            while acknowledged.count < 200 - refused.count {
                acknowledged.insert(try await device.first("an acknowledgement") { $0.isAck ? $0.re : nil })
            }
            #expect(acknowledged.isDisjoint(with: refused))
            // What was refused is taken when it is sent again.
            for number in refused.sorted() {
                try await Support.eventually("the fix is taken") {
                    try await device.ask(.location(fixes[Int(number)])).isAck
                }
            }
            await device.close()
        }
    }

    @Test func `a session may have so many fixes unacknowledged and no more`() async throws {
        try await with {
            $0.limits.pendingAcks = 10
        } _: { hub, outage, _ in
            let device = try await TestClient.connect(hub, as: try await hub.register(in: .fresh()))
            try await device.settle()
            await outage.begin()
            let fixes = Fix.samples(15)
            for (number, fix) in fixes.enumerated() { await device.send(.location(fix), id: Int64(number)) }
            for number in 10..<15 {
                let failure = try await device.failure()
                #expect(failure.re == Int64(number))
                #expect(failure.code == .serviceUnavailable)
                #expect(failure.message == "Too many locations wait for their acknowledgement")
            }
            try await outage.end()
            for number in 0..<10 {
                let re: Int64 = try await device.first("an acknowledgement") { $0.isAck ? $0.re : nil }
                #expect(re == Int64(number))
            }
            #expect(try await device.ask(.location(fixes[14])).isAck)
            await device.close()
        }
    }

    @Test func `a hub that cannot ask about a key says so and does not call it wrong`() async throws {
        try await with { hub, outage, keys in
            let fresh = try await RunningHub.makeKey("never used", in: keys)
            _ = try await hub.get("/api/v1/devices?groupId=x1")
            await outage.begin()
            var address = hub
            address.key = fresh.text
            let answer = try await address.get("/api/v1/devices?groupId=x1")
            #expect(answer.status == 503)
            #expect(answer.error == "service_unavailable")
            // One that was used before goes on working.
            #expect(try await hub.get("/api/v1/stream/tickets").status == 405)
            try await outage.end()
            try await Support.eventually("the key is taken") {
                try await address.get("/api/v1/devices?groupId=x1").status == 200
            }
        }
    }

    @Test func `without Postgres nothing is erased, exported or administered, and all of it is when it is back`()
        async throws
    {
        try await with { hub, outage, keys in
            var admin = hub
            admin.key = try await RunningHub.makeKey("ops", isAdmin: true, in: keys).text
            let id = try await hub.register(in: .fresh())
            #expect(try await admin.get("/api/v1/admin/keys").status == 200)
            await outage.begin()
            let requests = [
                ("DELETE", "/api/v1/devices/\(id)/data"), ("GET", "/api/v1/devices/\(id)/data-export"),
                ("GET", "/api/v1/devices/\(id)/locations"), ("GET", "/api/v1/admin/audit"),
                ("POST", "/api/v1/admin/devices/\(id)/reactivate"),
                ("DELETE", "/api/v1/admin/devices/inactive?olderThanDays=1"),
                ("DELETE", "/api/v1/admin/sessions/\(id)"),
            ]
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for (method, path) in requests {
                    tasks.addTask { [admin] in
                        let answer = try await admin.request(method, path)
                        #expect(answer.status == 503, "\(path)")
                        #expect(answer["Retry-After"] == "1", "\(path)")
                    }
                }
                try await tasks.waitForAll()
            }
            try await outage.end()
            try await Support.eventually("the device is erased") {
                try await admin.request("DELETE", "/api/v1/devices/\(id)/data").status == 204
            }
        }
    }

    @Test func `without Postgres no travel is taken or told, and all of it is when it is back`() async throws {
        try await with { hub, outage, _ in
            let ada = try await TestPerson.register(on: hub, "ada")
            let place = Whereabout(48.5, 17.5, 0)
            #expect(try await ada.ingest(place).status == 200)
            await outage.begin()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for path in ["stats/overview", "visits/timeline", "achievements", "trips", "travel/imports"] {
                    tasks.addTask {
                        let answer = try await ada.get("/api/v1/\(path)")
                        #expect(answer.status == 503 && answer.error == "service_unavailable", "\(path)")
                        #expect(answer["Retry-After"] == "1", "\(path)")
                    }
                }
                tasks.addTask {
                    let answer = try await ada.ingest([place, Whereabout(48.6, 17.5, 60)])
                    #expect(answer.status == 503 && answer.error == "service_unavailable")
                }
                try await tasks.waitForAll()
            }
            try await outage.end()
            try await Support.eventually("locations are taken") {
                try await ada.ingest([place, Whereabout(48.6, 17.5, 60)]).status == 200
            }
            let stats = try await ada.get("/api/v1/stats/overview").json["stats"]
            #expect(stats?["cellsVisitedRes8"]?.integer == 2)
        }
    }
}
