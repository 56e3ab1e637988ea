import Configuration
import Foundation
import Hub
import HubTesting
import Model
import Persistence
import Testing
import Wire

/// A hub that is told to stop.
@Suite(.timeLimit(.minutes(3)))
struct ShutdownTests {
    @Test func `SIGTERM acknowledges what was taken, says goodbye and ends with 0`() async throws {
        try await HubProcess.with { hub in
            let group = GroupID.fresh()
            let id = try await hub.address.register(in: group)
            let device = try await TestClient.connect(hub.address, as: id)
            let watcher = try await TestClient.connect(hub.address)
            _ = try await watcher.watch(group)
            // Enough to be in the middle of it; the pong says that all of them were taken.
            let fixes = Fix.samples(300)
            for (index, fix) in fixes.enumerated() { await device.send(.location(fix), id: Int64(index)) }
            await device.send(.ping, id: 5000)
            var acknowledged: Set<Int64> = []
            while true {
                let message = try await device.next()
                if message.re == 5000 { break }
                if message.isAck, let re = message.re { acknowledged.insert(re) }
            }
            hub.run.signal(SIGTERM)
            let rest = await device.rest()
            for message in rest where message.isAck { if let re = message.re { acknowledged.insert(re) } }
            #expect(acknowledged == Set(0..<300))
            guard case .goodbye(_, let wait)? = rest.last else {
                Issue.record("the last message is no goodbye: \(String(describing: rest.last))")
                return
            }
            #expect(wait > .zero && wait < .seconds(30))
            #expect(try await device.ended().code == 1001)
            #expect(try await watcher.ended().code == 1001)
            let outcome = await hub.run.outcome()
            #expect(outcome.status == 0 && !outcome.wasKilled)
            #expect(hub.postmaster == nil, "Postgres still runs")
            try await hub.restart()
            #expect(try await hub.stored()[id] == fixes.map(\.capturedAt.milliseconds))
        }
    }

    @Test func `a client that never answers does not hold up the end`() async throws {
        // Far more than the end may take.
        try await HubProcess.with(["HUB__SERVER__SHUTDOWN_TIMEOUT_SECONDS": "600"]) { hub in
            let silent = try await RawStream.open(hub.address)
            let half = try await RawConnection.connect(port: hub.port)
            await half.send("GET /api/health/live HTTP/1.1\r\nHos")
            let deaf = try await TestClient.connect(hub.address)
            await deaf.stopReading()
            let start = ContinuousClock.now
            let outcome = await hub.terminate()
            #expect(outcome.status == 0 && !outcome.wasKilled)
            #expect(ContinuousClock.now - start < .seconds(60))
            await silent.connection.close()
            await half.close()
            await deaf.abort()
        }
    }

    @Test func `a database that is gone does not hold up the end`() async throws {
        let running = try await RunningHub.start {
            $0.server.shutdownTimeout = .seconds(2)
            // Far more than the end may take.
            $0.database.connectTimeout = .seconds(600)
            $0.database.statementTimeout = .seconds(600)
        }
        let upkeep = Task { await running.hub.run() }
        var devices: [TestClient] = []
        for loop in 0...1 {
            let id = try await running.address.register(in: .fresh("gone", onLoop: loop))
            devices.append(try await TestClient.connect(running.address, as: id))
        }
        await running.database.close()
        try await running.test.drop()
        // Taken, and never stored.
        for device in devices { await device.send(.location(.sample()), id: 1) }
        for device in devices { await device.send(.ping, id: 2) }
        for device in devices { _ = try await device.first { $0.re == 2 ? true : nil } }
        upkeep.cancel()
        let start = ContinuousClock.now
        await running.hub.stop()
        #expect(ContinuousClock.now - start < .seconds(60))
        for device in devices { #expect(await device.rest().contains { !$0.isAck && $0.re == 1 }) }
    }

    @Test func `no log line holds a position, a key or a ticket`() async throws {
        try await HubProcess.with(["HUB__LOGGING__LEVEL": "trace"]) { hub in
            let id = try await hub.address.register(in: .fresh())
            let fix = Fix.sample(latitude: 12.3456789, longitude: -98.7654321)
            #expect(try await hub.address.post(BadUploadTests.one, Uploads.one(of: id, fix)).status == 200)
            let device = try await TestClient.connect(hub.address, as: id)
            #expect(try await device.ask(.location(fix)).isAck)
            await device.send(text: #"{"type":"location","latitude":12.3456789,"longitude":"-98.7654321"}"#)
            _ = try await device.failure()
            let answer = try await hub.address.post("/api/v1/stream/tickets", "{}")
            let ticket = try #require(answer.json["ticket"]?.string)
            var keyless = hub.address
            keyless.key = nil
            let watcher = try await TestClient.connect(keyless, query: "ticket=\(ticket)")
            let outcome = await hub.terminate()
            let key = try #require(hub.address.key)
            #expect(outcome.errors.contains("/api/v1/locations"))
            for secret in ["12.3456", "98.7654", key, ticket] {
                #expect(!outcome.errors.contains(secret))
                #expect(!TestFiles.text(hub.directory + "/postgres.log").contains(secret))
            }
            #expect(outcome.complaints.allSatisfy { (try? JSONValue(Array($0.utf8))) != nil })
            _ = (device, watcher)
        }
    }
}
