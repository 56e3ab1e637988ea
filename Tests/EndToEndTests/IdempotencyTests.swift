import Configuration
import Crypto
import Hub
import Model
import Persistence
import Testing
import Wire

/// `Idempotency-Key` on both uploads (story 3.3), with a real hub and Postgres.
@Suite(.timeLimit(.minutes(3)))
struct UploadIdempotencyTests {
    private func upload(
        _ address: HubAddress, _ path: String, _ body: String, key: String
    ) async throws -> HTTPAnswer {
        try await address.request("POST", path, body: body, headers: [("Idempotency-Key", key)])
    }

    @Test func `a repeated upload, single or batch, gets the answer of the first and stores nothing more`() async throws
    {
        let hub = try await RunningHub.shared.hub()
        let device = try await hub.address.register(in: .fresh())
        let fixes = Fix.samples(3)
        for (path, body, count) in [
            (BadUploadTests.one, Uploads.one(of: device, fixes[0]), 1),
            (BadUploadTests.many, Uploads.batch(of: device, fixes), 3),
        ] {
            for attempt in 0..<3 {
                // The same key on two routes is two keys.
                let answer = try await upload(hub.address, path, body, key: "a \(device)")
                #expect(answer.status == 200)
                #expect(answer.text == #"{"success":true,"processedCount":\#(count)}"#)
                #expect(answer["Idempotency-Replayed"] == (attempt == 0 ? nil : "true"))
            }
        }
        #expect(try await hub.stored(device).count == 3)
    }

    @Test func `a key with another body is refused, and belongs to its caller alone`() async throws {
        let hub = try await RunningHub.shared.hub()
        let device = try await hub.address.register(in: .fresh())
        let fixes = Fix.samples(2)
        let key = "b \(device)"
        let first = try await upload(hub.address, BadUploadTests.one, Uploads.one(of: device, fixes[0]), key: key)
        #expect(first.status == 200)
        let other = try await upload(hub.address, BadUploadTests.one, Uploads.one(of: device, fixes[1]), key: key)
        #expect(other.status == 422 && other.error == "idempotency_key_reused")
        #expect(other["Content-Type"] == "application/problem+json")
        var stranger = hub.address
        stranger.key = try await RunningHub.makeKey("other", in: hub.keys).text
        let theirs = try await upload(stranger, BadUploadTests.one, Uploads.one(of: device, fixes[1]), key: key)
        #expect(theirs.status == 200 && theirs["Idempotency-Replayed"] == nil)
        #expect(try await hub.stored(device).count == 2)
    }

    @Test func `an answer outlives the hub`() async throws {
        let first = try await RunningHub.start { _ in }
        let device = try await first.address.register(in: .fresh())
        let body = Uploads.batch(of: device, Fix.samples(5))
        let before = try await upload(first.address, BadUploadTests.many, body, key: "k")
        #expect(before.status == 200)
        await first.hub.stop()
        let second = try await first.restarted()
        let after = try await upload(second.address, BadUploadTests.many, body, key: "k")
        #expect(after.status == 200 && after.body == before.body && after["Idempotency-Replayed"] == "true")
        await second.stop()
    }

    @Test func `of many at once on both loops one is handled, and the others wait or are answered as it is`()
        async throws
    {
        let hub = try await RunningHub.shared.hub()
        let device = try await hub.address.register(in: .fresh())
        let body = Uploads.batch(of: device, Fix.samples(50))
        let answers = try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
            for _ in 0..<16 {
                group.addTask { try await upload(hub.address, BadUploadTests.many, body, key: "c \(device)") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 200 || $0.status == 409 })
        #expect(answers.count { $0.status == 200 && $0["Idempotency-Replayed"] == nil } == 1)
        for answer in answers where answer.status == 409 {
            #expect(answer.error == "conflict" && answer["Retry-After"] == "1")
        }
        let later = try await upload(hub.address, BadUploadTests.many, body, key: "c \(device)")
        #expect(later.status == 200 && later["Idempotency-Replayed"] == "true")
        #expect(try await hub.stored(device).count == 50)
    }

    @Test func `a refused body is refused the same way again, an unknown device is looked up again`() async throws {
        let hub = try await RunningHub.shared.hub()
        let device = DeviceID.random()
        let bad = #"{"deviceId":"\#(device)","timestamp":1,"latitude":91,"longitude":0,"accuracy":1}"#
        let first = try await upload(hub.address, BadUploadTests.one, bad, key: "d \(device)")
        let second = try await upload(hub.address, BadUploadTests.one, bad, key: "d \(device)")
        #expect(first.status == 400 && second.status == 400 && first.body == second.body)
        #expect(second["Content-Type"] == "application/problem+json")
        let good = Uploads.one(of: device, .sample())
        #expect(try await upload(hub.address, BadUploadTests.one, good, key: "e \(device)").status == 404)
        try await hub.address.register(device, in: .fresh())
        #expect(try await upload(hub.address, BadUploadTests.one, good, key: "e \(device)").status == 200)
    }

    @Test func `while Postgres is away the answer is 503, which is not given again`() async throws {
        let outage = try await Outage()
        let hub = try await RunningHub.start(on: outage.uri) {
            $0.database.statementTimeout = Outage.statementTimeout
        }
        var address = HubAddress(port: hub.port)
        do {
            let database = Support.database(outage.url)
            address.key = try await RunningHub.makeKey("test", in: .init(database: database)).text
            let device = try await address.register(in: .fresh())
            let body = Uploads.one(of: device, .sample())
            await outage.begin()
            let away = try await upload(address, BadUploadTests.one, body, key: "k")
            #expect(away.status == 503 && away["Retry-After"] == "1")
            try await outage.end()
            try await Support.eventually("it is stored") {
                try await upload(address, BadUploadTests.one, body, key: "k").status == 200
            }
            #expect(try await upload(address, BadUploadTests.one, body, key: "k")["Idempotency-Replayed"] == "true")
            await database.close()
        }
        await hub.stop()
        await outage.close()
    }

    @Test(arguments: ["", String(repeating: "k", count: 256), "a\tb", "ключ"])
    func `a malformed key is refused before anything is stored`(key: String) async throws {
        let hub = try await RunningHub.shared.hub()
        let device = try await hub.address.register(in: .fresh())
        let answer = try await upload(hub.address, BadUploadTests.one, Uploads.one(of: device, .sample()), key: key)
        #expect(answer.status == 400 && answer.error == "invalid_format")
        #expect(try await hub.stored(device).isEmpty)
    }
}
