import Configuration
import Model
import Persistence
import Testing
import Wire

/// A device's data is erased: what is stored, what is live and what is under way.
@Suite(.timeLimit(.minutes(3)))
struct ErasureTests {
    @Test(arguments: [0, 1])
    func `an erased device leaves its group, its sessions and the database`(loop: Int) async throws {
        let hub = try await RunningHub.immediate.hub()
        let group = GroupID.fresh("erase", onLoop: loop)
        let id = try await hub.address.register(in: group)
        let watcher = try await TestClient.connect(hub.address)
        _ = try await watcher.watch(group)
        let device = try await TestClient.connect(hub.address, as: id)
        for fix in Fix.samples(5) { #expect(try await device.ask(.location(fix)).isAck) }
        let other = try await hub.address.register(in: group, name: "Other")
        let ticket = try await hub.address.post("/api/v1/stream/tickets", #"{"deviceId":"\#(id)"}"#)
        #expect(ticket.status == 200)

        #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(id)/data").status == 204)

        let ending = try await device.ended()
        #expect(ending.code == 1008)
        #expect(ending.reason == "the device was erased")
        let left: HubMessage.MemberChange = try await watcher.first("left") {
            if case .member(let change) = $0, change.device == id, change.kind == .left { change } else { nil }
        }
        #expect(left.group == group)
        #expect(try await hub.address.list(group).compactMap { $0["deviceId"]?.string } == [other.description])
        for table in ["locations", "devices", "stream_tickets"] {
            #expect(try await hub.count("SELECT count(*) FROM core.\(table) WHERE device_id = '\(id)'") == 0)
        }
        #expect(try await hub.audit(of: id.description) == ["eraseDeviceData done"])
        // Again there is nothing, which is on record too.
        let again = try await hub.address.request("DELETE", "/api/v1/devices/\(id)/data")
        #expect(again.status == 404 && again.error == "not_found")
        #expect(try await hub.audit(of: id.description) == ["eraseDeviceData done", "eraseDeviceData not_found"])
        #expect(try await hub.address.post(BadUploadTests.one, Uploads.one(of: id, .sample())).status == 404)
        #expect(try await hub.address.get("/api/v1/devices/\(id)/locations").status == 404)
        await watcher.close()
    }

    @Test func `many locations go in batches, and the beginning is on record before the end`() async throws {
        let hub = try await RunningHub.shared.hub()
        let id = try await hub.address.register(in: .fresh())
        try await HubAddress.fill(hub, id, count: 25_000)
        #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(id)/data").status == 204)
        #expect(try await hub.stored(id).isEmpty)
        #expect(try await hub.audit(of: id.description) == ["eraseDeviceData started", "eraseDeviceData done"])
        #expect(
            try await hub.count(
                "SELECT affected FROM core.audit_log WHERE target = '\(id)' AND outcome = 'done'") == 25_000)
    }

    @Test func `of two erasures at once one erases and the other finds nothing`() async throws {
        let hub = try await RunningHub.shared.hub()
        for _ in 0..<5 {
            let id = try await hub.address.register(in: .fresh())
            try await HubAddress.fill(hub, id, count: 200)
            async let first = hub.address.request("DELETE", "/api/v1/devices/\(id)/data")
            async let second = hub.address.request("DELETE", "/api/v1/devices/\(id)/data")
            #expect(Set([try await first.status, try await second.status]) == [204, 404])
            #expect(
                try await hub.audit(of: id.description).sorted() == [
                    "eraseDeviceData done", "eraseDeviceData not_found",
                ])
        }
    }

    @Test func `uploads under way while a device is erased leave nothing behind`() async throws {
        let hub = try await RunningHub.shared.hub()
        for round in 0..<5 {
            let id = try await hub.address.register(in: .fresh("race", onLoop: round % 2))
            let device = try await TestClient.connect(hub.address, as: id)
            for (number, fix) in Fix.samples(300).enumerated() {
                await device.send(.location(fix), id: Int64(number))
                if number == 150 {
                    #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(id)/data").status == 204)
                }
            }
            _ = try await device.ended()
            // Whatever was written before has been answered; whatever comes now finds no device.
            try await hub.address.register(in: .fresh("race", onLoop: round % 2))
            try await Support.eventually("the journals are empty") {
                try await hub.address.metric("hub_journal_rows_held") == 0
            }
            #expect(try await hub.stored(id).isEmpty)
        }
    }

    @Test func `what a journal held of an erased device does not come back with the device`() async throws {
        try await RunningHub.with {
            $0.fanout.tick = .zero
        } _: { hub in
            let group = GroupID.fresh()
            let id = try await hub.address.register(in: group)
            let device = try await TestClient.connect(hub.address, as: id)
            #expect(try await device.ask(.location(.sample(at: .now.advanced(by: .seconds(-100))))).isAck)
            // Writers wait; what is reported meanwhile is held. The erasure goes ahead of them: it has the lock itself.
            try await hub.database.withConnection(within: .seconds(60)) { connection in
                try await connection.run(script: "BEGIN; LOCK TABLE core.locations IN ACCESS EXCLUSIVE MODE")
                for (number, fix) in Fix.samples(20).enumerated() {
                    await device.send(.location(fix), id: Int64(number))
                }
                try await device.settle()
                try await connection.run(
                    script: """
                        SELECT * FROM core.erase_device('\(id)', now(), NULL);
                        COMMIT
                        """)
            }
            // The live state of this hub was not told; the same device registers again.
            try await hub.address.register(id, in: group)
            try await Support.eventually("the journals are empty") {
                try await hub.address.metric("hub_journal_rows_held") == 0
            }
            #expect(try await hub.stored(id).isEmpty)
            // From now on it is stored as any other.
            let again = try await TestClient.connect(hub.address, as: id)
            let fix = Fix.sample(at: .now.advanced(by: .seconds(1)))
            #expect(try await again.ask(.location(fix)).isAck)
            #expect(try await hub.stored(id) == [fix.capturedAt.milliseconds])
            await again.close()
            await device.close()
        }
    }

    @Test func `a device that registers again after its erasure begins with nothing`() async throws {
        let hub = try await RunningHub.immediate.hub()
        let group = GroupID.fresh()
        let id = try await hub.address.register(in: group)
        #expect(try await hub.address.post(BadUploadTests.one, Uploads.one(of: id, .sample())).status == 200)
        #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(id)/data").status == 204)
        try await hub.address.register(id, in: group)
        let listed = try #require(try await hub.address.list(group).first)
        #expect(listed["lastLocation"] == .null)
        #expect(try await hub.address.get("/api/v1/devices/\(id)/locations").json["locations"]?.array?.isEmpty == true)
    }

    @Test func `a stranger erases nothing`() async throws {
        let hub = try await RunningHub.shared.hub()
        let id = try await hub.address.register(in: .fresh())
        let answer = try await hub.address.request("DELETE", "/api/v1/devices/\(id)/data", key: .some(nil))
        #expect(answer.status == 401)
        #expect(try await hub.address.request("DELETE", "/api/v1/devices/no-uuid/data").status == 404)
        #expect(try await hub.count("SELECT count(*) FROM core.devices WHERE device_id = '\(id)'") == 1)
    }
}
