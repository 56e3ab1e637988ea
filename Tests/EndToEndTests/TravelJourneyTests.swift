import HubTesting
import Model
import Persistence
import Testing
import Wire

/// The journeys of the travel document, from the outside, on a real hub.
@Suite(.timeLimit(.minutes(4)))
struct TravelJourneyTests {
    @Test func `somebody new sends a first location, gets a first achievement, and sees it on their profile`()
        async throws
    {
        try await TravelHub.with { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let before = try await ada.get("/api/v1/stats/overview").json["stats"]
            #expect(before?["cellsVisitedRes8"]?.integer == 0 && before?["firstVisitAt"] == .null)
            let place = Whereabout(37.7749, -122.4194, 0, cell: "8828308281fffff")
            let first = try await ada.ingest(place)
            let unlocked = first.json["achievementsUnlocked"]?.array ?? []
            #expect(unlocked.map { $0["code"]?.string } == ["first_steps"])
            #expect(unlocked.map { $0["name"]?.string } == ["First Steps"])
            let overview = try await ada.get("/api/v1/stats/overview").json
            #expect(overview["user"]?["username"]?.string == ada.username)
            #expect(overview["stats"]?["countriesVisited"]?.integer == 1)
            #expect(overview["stats"]?["cellsVisitedRes8"]?.integer == 1)
            #expect(overview["stats"]?["firstVisitAt"]?.string == "2024-12-28T10:30:00.000Z")
            #expect(overview["recent"]?["lastCountry"]?["code"]?.string == "US")
            #expect(overview["recent"]?["lastRegion"]?["name"]?.string == "California")
            let listed = try await ada.get("/api/v1/achievements/unlocked").json["achievements"]?.array ?? []
            #expect(listed.map { $0["code"]?.string } == ["first_steps"])
            // It is unlocked once.
            #expect(try await ada.ingest(place).json["achievementsUnlocked"]?.array == [])
        }
    }

    @Test func `a phone that was offline sends all it has seen at once, and its record is as if it had been online`()
        async throws
    {
        try await TravelHub.with { hub in
            let offline = try await TestPerson.register(on: hub.address, "offline")
            let online = try await TestPerson.register(on: hub.address, "online")
            // A morning in California, an afternoon in Nevada.
            let way = (0..<160).map { number in
                number < 80
                    ? Whereabout(37.1 + Double(number) * 0.01, -122.5, number * 120)
                    : Whereabout(39.1 + Double(number - 80) * 0.01, -119.5, 14_400 + number * 120)
            }
            for part in stride(from: 0, to: way.count, by: 16) {
                let answer = try await online.ingest(Array(way[part..<part + 16]))
                #expect(answer.json["processed"]?.integer == 16)
            }
            // In the wrong order, the middle twice.
            let bulk = try await offline.ingest(Array(way[60...159].reversed()))
            #expect(bulk.discovered("newCountries") == ["US"] && bulk.discovered("newRegions") == ["US-CA", "US-NV"])
            let rest = try await offline.ingest(Array(way[0..<80]))
            #expect(rest.json["processed"]?.integer == 80 && rest.discovered("newCountries") == [])
            #expect(rest.discovered("newRegions") == [])
            let (one, other) = (try await record(of: offline, on: hub), try await record(of: online, on: hub))
            #expect(one == other && one.count > 100)
        }
    }

    @Test func `an account goes with its record, and the cells stay for everybody`() async throws {
        try await TravelHub.with { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            #expect(try await ada.ingest(Whereabout(37.5, -122.5, 0)).status == 200)
            #expect(try await ada.changePassword(to: "another-Harbour.93").status < 300)
            let again = try await ada.signIn(password: "another-Harbour.93")
            #expect(try await again.ingest(Whereabout(37.5, -122.5, 60)).count("visitCounts", "res8") == 1)
            let deleted = try await again.delete(
                "/api/v1/auth/account", #"{"password":"another-Harbour.93","confirmation":"DELETE"}"#)
            #expect(deleted.status == 204)
            try await Support.eventually("the record is gone") { try await record(of: ada, on: hub).isEmpty }
            let cells = PostgresStatement("test.cells", "SELECT count(*) FROM travel.h3_cells")
            #expect(try await hub.database.query(cells.with())[0].int64(0) == 2)
        }
    }

    @Test func `a mistake gets its code and a message that helps`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let answer = try await ada.post(TestPerson.ingest, #"{"latitude":-91,"longitude":0}"#)
        #expect(answer.status == 400 && answer["Content-Type"] == "application/problem+json")
        #expect(answer.json["error"]?.string == "validation_error" && answer.json["requestId"]?.string != nil)
        #expect(answer.complaints == ["latitude: Latitude must be between -90 and 90"])
        let mismatch = try await ada.post(
            TestPerson.ingest, #"{"latitude":37.7749,"longitude":-122.4194,"h3Res8":"872830828ffffff"}"#)
        #expect(mismatch.error == "h3_mismatch")
        #expect(mismatch.complaints == ["h3Res8: h3Res8 is a cell of resolution 7, not 8"])
    }

    /// Somebody's record, as lines.
    private func record(of person: TestPerson, on hub: RunningHub) async throws -> [String] {
        let statement = PostgresStatement(
            "test.record",
            """
            SELECT concat_ws(' ', 'visit', res, entered_at, left_at, cell) FROM travel.visits WHERE user_id = $1
            UNION ALL SELECT concat_ws(' ', 'cell', cell, first_visited_at, last_visited_at, visit_count)
                FROM travel.user_cells WHERE user_id = $1
            UNION ALL SELECT concat_ws(' ', 'region', country, region, cells, first_visited_at, first_cell, last_visited_at)
                FROM travel.user_regions WHERE user_id = $1
            UNION ALL SELECT concat_ws(' ', 'trip', began_at, ended_at, metres, top_speed)
                FROM travel.trips WHERE user_id = $1
            UNION ALL SELECT concat_ws(' ', 'stay', began_at, ended_at) FROM travel.stays WHERE user_id = $1
            UNION ALL SELECT concat_ws(' ', 'point', captured_at, latitude, longitude)
                FROM travel.points WHERE user_id = $1
            ORDER BY 1
            """)
        return try await hub.database.query(statement.with(person.id.rawValue)).rows.compactMap { $0.text(0) }
    }
}
