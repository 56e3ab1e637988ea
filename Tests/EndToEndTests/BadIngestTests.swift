import HubTesting
import Model
import Testing
import Wire

/// What the routes of ingestion answer to what is odd and to what is wrong, on a real hub.
@Suite(.timeLimit(.minutes(4)))
struct BadIngestTests {
    @Test func `poles, the antimeridian, the sea, borders and pentagons are places like others`() async throws {
        try await TravelHub.with { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let places: [(Double, Double, [String])] = [
                (90, 0, []), (90, 123, []), (-90, -77, []), (0, -30, []),
                (-16.5, 179.5, ["FJ"]), (-16.5, 180, []), (-16.5, -180, []),
                // A border, and 1e-12 beside it; between two squares of water.
                (37.5, -122, ["US"]), (37.5, -122 + 1e-12, []), (37.5, -122 - 1e-12, []), (37 - 1e-12, -122.5, []),
                // Pentagons of resolution 8 and points in their neighbours.
                (64.70000012796487, 10.53619907546767, []), (64.7, 10.54, []),
                (58.15770649357777, -5.24539029677735, []),
                (-0.0, -0.0, []), (1e-12, 1e-12, []), (-89.999999999999, 179.999999999999, []),
            ]
            for (number, place) in places.enumerated() {
                let answer = try await ada.ingest(Whereabout(place.0, place.1, number * 60))
                #expect(answer.status == 200, "\(number): \(answer.text)")
                #expect(answer.json["processed"]?.integer == 1, "\(number)")
                #expect(answer.discovered("newCountries") == place.2, "\(number)")
            }
        }
    }

    private static let samples: [(name: String, body: String, code: String, fields: [String])] = [
        ("no JSON", "latitude=1", "invalid_format", []),
        ("no number", #"{"latitude":NaN,"longitude":1}"#, "invalid_format", []),
        ("infinity", #"{"latitude":1e400,"longitude":1}"#, "invalid_format", []),
        ("strings", #"{"latitude":"37","longitude":"-122"}"#, "validation_error", ["latitude", "longitude"]),
        ("past the pole", #"{"latitude":90.0000001,"longitude":0}"#, "validation_error", ["latitude"]),
        ("past the antimeridian", #"{"latitude":0,"longitude":180.0000001}"#, "validation_error", ["longitude"]),
        (
            "tomorrow's", #"{"latitude":1,"longitude":1,"timestamp":"9999-12-31T23:59:59Z"}"#, "validation_error",
            ["timestamp"]
        ),
        (
            "before there were any", #"{"latitude":1,"longitude":1,"timestamp":"1899-12-31T23:59:59Z"}"#,
            "validation_error", ["timestamp"]
        ),
        (
            "another cell", #"{"latitude":1,"longitude":1,"h3Res8":"8828308281fffff"}"#, "h3_mismatch", ["h3Res8"]
        ),
        (
            "a coarser cell", #"{"latitude":37.7749,"longitude":-122.4194,"h3Res8":"872830828ffffff"}"#, "h3_mismatch",
            ["h3Res8"]
        ),
        (
            "invalid bits", #"{"latitude":37.7749,"longitude":-122.4194,"h3Res8":"ffffffffffffffff"}"#, "h3_mismatch",
            ["h3Res8"]
        ),
    ]

    @Test func `what is wrong is refused with a code and the members`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        for sample in Self.samples {
            let answer = try await ada.post(TestPerson.ingest, sample.body)
            #expect(answer.status == 400 && answer.error == sample.code, "\(sample.name): \(answer.text)")
            #expect(answer.wrongFields == sample.fields, "\(sample.name)")
            #expect(!answer.text.contains("37.7749") && !answer.text.contains("828308281"), "\(sample.name)")
        }
        #expect(try await ada.get("/api/v1/travel/device").status == 404)
    }

    @Test func `a batch of none or of 101 is refused as a whole`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let bodies = [
            #"{"locations":[]}"#, "{}", #"{"locations":{}}"#, #"{"locations":null}"#,
            #"{"locations":[\#((0..<101).map { Whereabout(1, 1, $0).json }.joined(separator: ","))]}"#,
        ]
        for body in bodies {
            let answer = try await ada.post(TestPerson.ingestBatch, body)
            #expect(answer.status == 400 && answer.error == "validation_error" && answer.wrongFields == ["locations"])
        }
        let hundred = try await ada.ingest((0..<100).map { Whereabout(1, 1, $0) })
        #expect(hundred.status == 200 && hundred.json["processed"]?.integer == 100)
    }

    @Test func `years from 1900 on are taken, and a batch of wrong ones is answered with what is wrong`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let old = try await ada.post(
            TestPerson.ingest, #"{"latitude":48,"longitude":17,"timestamp":"1900-01-01T00:00:00Z"}"#)
        #expect(old.status == 200 && old.json["processed"]?.integer == 1)
        let wrong = try await ada.post(
            TestPerson.ingestBatch,
            #"{"locations":[{"latitude":48,"longitude":17,"timestamp":"9999-01-01T00:00:00Z"},null,[],{}]}"#)
        #expect(wrong.status == 200 && wrong.json["processed"]?.integer == 0 && wrong.json["skipped"]?.integer == 4)
        #expect(wrong.json["achievementsUnlocked"]?.array == [])
    }

    @Test func `a huge body is refused before it is read`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let filling = String(repeating: " ", count: 2 << 20)
        let answer = try await ada.post(TestPerson.ingestBatch, #"{"locations":[\#(filling)]}"#)
        #expect(answer.status == 413 && answer.error == "payload_too_large")
        let deep = String(repeating: "[", count: 100_000)
        #expect(try await ada.post(TestPerson.ingestBatch, #"{"locations":\#(deep)"#).error == "invalid_format")
    }
}
