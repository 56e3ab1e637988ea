import HubTesting
import Model
import Persistence
import Testing
import Wire

/// What a phone told goes with the phone, and with nothing else (docs/adr/0051).
@Suite(.timeLimit(.minutes(4)))
struct TravelledDeviceTests {
    /// A thousand seconds' drive in California.
    private static func drive(until end: Timestamp) -> [Fix] {
        (0..<1000).map { number in
            Fix(
                capturedAt: end.advanced(by: .seconds(number - 1000)), latitude: 37.1 + Double(number) * 0.0002,
                longitude: -122.5, accuracy: 5)
        }
    }

    private func cells(_ person: TestPerson) async throws -> Int64 {
        try await person.get("/api/v1/stats/overview").json["stats"]?["cellsVisitedRes8"]?.integer ?? -1
    }

    @Test func `an erased phone leaves what was ingested, and what was achieved`() async throws {
        try await TravelHub.with { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let first = try await ada.ingest(Whereabout(48.5, 17.5, 0))
            #expect(first.discovered("newCountries") == ["SK"])
            let phone = try #require(try await ada.get("/api/v1/travel/device").json["deviceId"]?.string)
            let device = DeviceID(try #require(UniqueID(phone)))
            // As if it had been made an hour ago.
            let earlier = PostgresStatement(
                "test.earlier", "UPDATE travel.tracked_devices SET since = now() - interval '1 hour' WHERE user_id = $1"
            )
            _ = try await hub.database.query(earlier.with(ada.id.rawValue))
            let before = try await cells(ada)
            let drive = Self.drive(until: .now)
            for start in stride(from: 0, to: drive.count, by: 50) {
                let body = Uploads.batch(of: device, Array(drive[start..<start + 50]))
                #expect(try await hub.address.post("/api/v1/locations/batch", body).status == 200)
            }
            try await Support.eventually("the drive is in the record") { try await cells(ada) > before + 10 }
            let stats = try await ada.get("/api/v1/stats/overview").json
            #expect(stats["stats"]?["countriesVisited"]?.integer == 2)
            let unlocked = try await ada.get("/api/v1/achievements/unlocked").json["achievements"]?.array

            #expect(try await ada.delete("/api/v1/devices/\(phone)/data").status == 204)
            // At once: the answer has waited for it.
            let after = try await ada.get("/api/v1/stats/overview").json
            #expect(try await cells(ada) == before)
            #expect(after["stats"]?["countriesVisited"]?.integer == 1 && after["stats"]?["trips"]?.integer == 0)
            #expect(after["stats"]?["daysVisited"]?.integer == 1)
            #expect(after["recent"]?["lastCountry"]?["code"]?.string == "SK")
            #expect(after["stats"]?["pending"] == nil || after["stats"]?["pending"]?.boolean == false)
            #expect(try await ada.get("/api/v1/trips").json["trips"]?.array == [])
            let events = try await ada.get("/api/v1/visits/timeline").json["events"]?.array ?? []
            #expect(Set(events.compactMap { $0["data"]?["code"]?.string }) == ["SK", "SK-BL"])
            #expect(
                try await ada.get("/api/v1/achievements/unlocked").json["achievements"]?.array?.count == unlocked?.count
            )
            #expect(try await hub.count("SELECT count(*) FROM travel.erased_devices") == 0)
            #expect(try await ada.get("/api/v1/travel/device").json["deviceId"]?.string != phone)
            #expect(try await ada.delete("/api/v1/devices/\(phone)/data").status == 404)
        }
    }
}
