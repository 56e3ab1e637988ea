import HubTesting
import Model
import Testing
import Travel
import Wire

/// What people are told of their travels, on a hub as it runs.
@Suite(.timeLimit(.minutes(3))) struct `Travel by request` {
    private static let paths = [
        "/api/v1/stats/overview", "/api/v1/stats/countries", "/api/v1/stats/countries/AT", "/api/v1/stats/years",
        "/api/v1/visits/timeline", "/api/v1/trips", "/api/v1/trips/0190d2f4-7d3a-8c61-b0d1-5f0a4c1e2b3d",
        "/api/v1/stays",
    ]
    private static let start = Timestamp(milliseconds: 1_767_225_000_000)

    /// From Slovakia to Austria over the turn of a year, and later, from nowhere, over the antimeridian.
    private static let track: WrittenTrack = {
        var track = WrittenTrack(from: start, latitude: 48.15, longitude: 17.11)
        track.stay(minutes: 20)
        track.move(toLatitude: 48.15, longitude: 16.71, minutes: 30)
        track.stay(minutes: 20)
        track.appear(atLatitude: -17, longitude: 179.8, minutes: 60 * 24 * 40)
        track.stay(minutes: 10)
        track.move(toLatitude: -17.2, longitude: 180.2, minutes: 40)
        track.stay(minutes: 10)
        return track
    }()

    @Test func `strangers are told nothing, and keys have no travels`() async throws {
        let hub = try await RunningHub.shared.address()
        for path in Self.paths {
            let answer = try await hub.request("GET", path, key: .some(nil))
            #expect(answer.status == 401 && answer.error == "unauthorized", "\(path)")
            #expect(try await hub.get(path).status == 403, "\(path)")
        }
    }

    @Test func `somebody who was nowhere has zeros`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let overview = try await ada.get("/api/v1/stats/overview")
        #expect(overview.status == 200)
        #expect(overview.json["user"]?["username"]?.string == ada.username)
        #expect(overview.json["user"]?["id"]?.string == ada.id.rawValue.description)
        let stats = try #require(overview.json["stats"])
        for name in [
            "countriesVisited", "regionsVisited", "cellsVisitedRes6", "cellsVisitedRes8", "totalVisitCount",
            "daysVisited", "trips", "distanceMetres", "travelSeconds", "unseenDistanceMetres",
        ] {
            #expect(stats[name]?.integer == 0, "\(name)")
        }
        for name in ["firstVisitAt", "lastVisitAt", "longestTrip"] { #expect(stats[name] == .null, "\(name)") }
        #expect(overview.json["recent"]?["lastCountry"] == .null && overview.json["recent"]?["lastRegion"] == .null)
        for (path, list) in [
            ("stats/countries", "countries"), ("stats/years", "years"), ("trips", "trips"), ("stays", "stays"),
            ("visits/timeline", "events"),
        ] {
            let answer = try await ada.get("/api/v1/\(path)")
            #expect(answer.status == 200 && answer.json[list]?.array == [], "\(path)")
        }
        #expect(try await ada.get("/api/v1/visits/timeline").json["totalEvents"]?.integer == 0)
    }

    @Test func `somebody who has travelled is told where, how far and when`() async throws {
        try await RunningHub.with { hub in
            try await hub.drawBorder()
            let (ada, ben) = (
                try await TestPerson.register(on: hub.address, "ada"),
                try await TestPerson.register(on: hub.address, "ben")
            )
            try await hub.travel(Self.track.points, by: ada)
            try await checkOverview(ada)
            try await checkPlaces(ada)
            try await checkTimeline(ada, ben)
            try await checkTrips(ada, ben)
        }
    }

    private func checkOverview(_ ada: TestPerson) async throws {
        let overview = try await ada.get("/api/v1/stats/overview").json
        let stats = try #require(overview["stats"])
        #expect(stats["countriesVisited"]?.integer == 2 && stats["regionsVisited"]?.integer == 2)
        #expect(stats["firstVisitAt"]?.string == "2025-12-31T23:50:00.000Z")
        #expect(stats["lastVisitAt"]?.string == "2026-02-10T02:00:00.000Z")
        #expect(stats["daysVisited"]?.integer == 3)
        #expect(stats["trips"]?.integer == 2)
        #expect(stats["hemispheres"]?["northern"]?.boolean == true)
        #expect(stats["hemispheres"]?["southern"]?.boolean == true)
        let distance = try #require(stats["distanceMetres"]?.double)
        // 0.4 degrees of longitude at 48.15 and at -17.1 degrees north, and 0.2 of latitude.
        #expect((76_000...80_000).contains(distance))
        #expect(try #require(stats["unseenDistanceMetres"]?.double) > 15_000_000)
        #expect(stats["longestTrip"]?["startedAt"]?.string?.hasPrefix("2026-02-10T") == true)
        #expect(overview["recent"]?["lastCountry"]?["code"]?.string == "AT")
        #expect(overview["recent"]?["lastCountry"]?["name"]?.string == "Austria")
        #expect(overview["recent"]?["lastRegion"]?["name"]?.string == "Burgenland")
        #expect(overview["pending"]?.boolean == false)
    }

    private func checkPlaces(_ ada: TestPerson) async throws {
        let countries = try #require(try await ada.get("/api/v1/stats/countries").json["countries"]?.array)
        #expect(countries.map { $0["code"]?.string } == ["AT", "SK"])
        let austria = try await ada.get("/api/v1/stats/countries/at").json
        #expect(austria["name"]?.string == "Austria")
        #expect(austria["regionsVisited"]?.integer == 1 && austria["regionCount"]?.integer == 2)
        let cells = try #require(austria["cells"]?.integer)
        #expect(cells > 10 && austria["landCells"]?.integer == cells)
        #expect(austria["share"]?.double == Double(cells) / 1000)
        #expect(austria["regions"]?.array?.map { $0["code"]?.string } == ["AT-1"])
        #expect(austria["regions"]?.array?.first?["share"]?.double == Double(cells) / 100)
        #expect(austria["regions"]?.array?.first?["firstVisitAt"] == austria["firstVisitAt"])
        let france = try await ada.get("/api/v1/stats/countries/FR")
        #expect(france.status == 200 && france.json["cells"]?.integer == 0)
        #expect(france.json["firstVisitAt"] == .null && france.json["regions"]?.array == [])
        for code in ["XX", "A", "AUT", "%C3%A4t", "'--"] {
            let answer = try await ada.get("/api/v1/stats/countries/\(code)")
            #expect(answer.status == 404 && answer.error == "country_not_found", "\(code): \(answer.status)")
        }
        let years = try #require(try await ada.get("/api/v1/stats/years").json["years"]?.array)
        #expect(years.map { $0["year"]?.integer } == [2026, 2025])
        #expect(years.map { $0["days"]?.integer } == [2, 1])
        // The first stay goes on into the new year, whose countries it belongs to as well.
        #expect(years.map { $0["countries"]?.integer } == [2, 1])
        #expect(years.map { $0["newCountries"]?.integer } == [1, 1])
        #expect(years.map { $0["trips"]?.integer } == [2, 0])
        #expect(years.last?["longestTripMetres"] == .null)
    }

    private func checkTimeline(_ ada: TestPerson, _ ben: TestPerson) async throws {
        let timeline = "/api/v1/visits/timeline"
        let all = try await ada.get(timeline).json
        let events = try #require(all["events"]?.array)
        #expect(
            events.compactMap { $0["data"]?["code"]?.string ?? $0["data"]?["milestone"]?.string }
                .filter { $0 != "100_cells" } == ["AT", "AT-1", "SK", "SK-BL"])
        #expect(all["totalEvents"]?.integer == Int64(events.count) && all["nextCursor"] == .null)
        let region = try #require(events.first { $0["data"]?["code"]?.string == "SK-BL" })
        #expect(region["type"]?.string == "region_discovered")
        #expect(region["timestamp"]?.string == "2025-12-31T23:50:00.000Z")
        #expect(region["data"]?["countryName"]?.string == "Slovakia")
        let first = try #require(Self.track.points.first)
        let cell = String(UInt64(bitPattern: BorderAtlas().cells(of: first).res8), radix: 16)
        #expect(region["data"]?["cellH3"]?.string == cell)
        #expect(try await ada.get("\(timeline)?type=country").json["totalEvents"]?.integer == 2)
        // By pages of one: by a cursor, and by an offset.
        var (cursor, byCursor) = ("", [] as [JSONValue])
        repeat {
            let page = try await ada.get("\(timeline)?limit=1\(cursor)").json
            byCursor += page["events"]?.array ?? []
            cursor = page["nextCursor"]?.string.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty && byCursor.count < 20
        #expect(byCursor == events)
        for index in 0...events.count {
            let page = try await ada.get("\(timeline)?limit=1&offset=\(index)").json
            #expect(page["events"]?.array == Array(events.dropFirst(index).prefix(1)))
            #expect(page["totalEvents"]?.integer == Int64(events.count))
        }
        let next = try #require(try await ada.get("\(timeline)?limit=1").json["nextCursor"]?.string)
        for (query, fields) in [
            ("limit=0", ["limit"]), ("limit=101", ["limit"]), ("limit=x", ["limit"]), ("offset=-1", ["offset"]),
            ("offset=1000001", ["offset"]), ("type=cell", ["type"]), ("type=", ["type"]), ("cursor=AAAA", ["cursor"]),
            ("limit=1000&offset=a&type=b&cursor=c", ["limit", "offset", "type", "cursor"]),
            ("cursor=\(next)&offset=1", ["offset"]),
            // A cursor is good for its own list alone.
            ("cursor=\(next)&type=country", ["cursor"]),
        ] {
            let answer = try await ada.get("\(timeline)?\(query)")
            #expect(answer.status == 400 && answer.error == "validation_error", "\(query)")
            #expect(answer.wrongFields == fields, "\(query)")
        }
        #expect(try await ben.get("\(timeline)?cursor=\(next)").status == 400)
        #expect(try await ben.get(timeline).json["totalEvents"]?.integer == 0)
    }

    private func checkTrips(_ ada: TestPerson, _ ben: TestPerson) async throws {
        let trips = try #require(try await ada.get("/api/v1/trips").json["trips"]?.array)
        #expect(trips.count == 2)
        let (far, near) = (trips[0], trips[1])
        #expect(near["durationSeconds"]?.integer == 1800)
        let distance = try #require(near["distanceMetres"]?.double)
        #expect((29_000...31_000).contains(distance))
        #expect(near["averageSpeed"]?.double == (distance / 1800 * 100).rounded() / 100)
        #expect(near["geometry"]?["type"]?.string == "LineString")
        let line = try #require(near["geometry"]?["coordinates"]?.array)
        #expect(line.first == .array([.number(17.11), .number(48.15)]))
        #expect(line.last == .array([.number(16.71), .number(48.15)]))
        #expect(far["geometry"]?["type"]?.string == "MultiLineString")
        let lines = try #require(far["geometry"]?["coordinates"]?.array)
        #expect(lines.count == 2)
        #expect(lines[0].array?.last?.array?.first?.double == 180)
        #expect(lines[1].array?.first?.array?.first?.double == -180)
        #expect(far["end"]?["longitude"]?.double == -179.8)

        let id = try #require(near["id"]?.string)
        #expect(try await ada.get("/api/v1/trips/\(id)").json == near)
        #expect(try await ada.get("/api/v1/trips/\(id.uppercased())").json == near)
        for (person, name) in [
            (ben, id), (ada, "0190d2f4-7d3a-8c61-b0d1-5f0a4c1e2b3d"), (ada, "x"), (ada, String(id.dropLast()) + "g"),
        ] {
            let answer = try await person.get("/api/v1/trips/\(name)")
            #expect(answer.status == 404 && answer.error == "not_found", "\(name)")
        }
        let plain = try #require(try await ada.get("/api/v1/trips?geometry=false").json["trips"]?.array)
        #expect(plain.map { $0["id"] } == trips.map { $0["id"] } && plain.allSatisfy { $0["geometry"] == nil })

        let page = try await ada.get("/api/v1/trips?limit=1").json
        #expect(page["trips"]?.array == [far])
        let cursor = try #require(page["nextCursor"]?.string)
        let rest = try await ada.get("/api/v1/trips?limit=1&cursor=\(cursor)").json
        #expect(rest["trips"]?.array == [near] && rest["nextCursor"] == .null)
        let january = try await ada.get("/api/v1/trips?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z").json
        #expect(january["trips"]?.array == [near])
        for (query, fields) in [
            ("limit=101", ["limit"]), ("from=yesterday", ["from"]), ("geometry=maybe", ["geometry"]),
            ("from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", ["to"]), ("cursor=\(cursor)&to=0", ["cursor"]),
        ] {
            let answer = try await ada.get("/api/v1/trips?\(query)")
            #expect(answer.status == 400 && answer.wrongFields == fields, "\(query)")
        }
        #expect(try await ben.get("/api/v1/trips?cursor=\(cursor)").status == 400)
        #expect(try await ada.get("/api/v1/stays?cursor=\(cursor)").status == 400)

        let stays = try #require(try await ada.get("/api/v1/stays").json["stays"]?.array)
        #expect(stays.count == 4)
        #expect(stays.last?["arrivedAt"]?.string == "2025-12-31T23:50:00.000Z")
        #expect(stays.last?["durationSeconds"]?.integer == 1200)
        #expect(stays.last?["longitude"]?.double == 17.11)
        #expect(stays.allSatisfy { $0["cellH3"]?.string?.count == 15 })
    }

    @Test func `hubctl shows it in tables, and as the hub answers`() async throws {
        try await RunningHub.with { hub in
            try await hub.drawBorder()
            let ada = try await TestPerson.register(on: hub.address, "ada")
            try await hub.travel(Self.track.points, by: ada)
            let environment = [
                "XDG_CONFIG_HOME": try TestFiles.directory(), "HUBCTL_URL": "http://127.0.0.1:\(hub.address.port)",
                "HUBCTL_PASSWORD": TestPerson.password,
            ]
            func hubctl(_ words: String...) async throws -> ProgramRun.Outcome {
                try await ProgramRun.run("hubctl", words, environment: environment)
            }
            #expect(try await hubctl("login", "--username", ada.username).status == 0)
            let stats = try await hubctl("stats")
            #expect(stats.status == 0)
            for text in ["countries     2\n", "northern, southern", "last country  Austria\n", "2025-12-31 23:50"] {
                #expect(stats.output.contains(text), "\(text)")
            }
            let overview = try await ada.get("/api/v1/stats/overview")
            #expect(try await hubctl("stats", "--json").json == overview.json)
            let countries = try await hubctl("stats", "countries").output.split(separator: "\n")
            #expect(countries.count == 3 && countries[1].hasPrefix("Austria   AT    1 of 2"))
            let country = try await hubctl("stats", "country", "sk")
            #expect(country.output.contains("SK-BL") && country.errors.contains("Slovakia: "))
            #expect(try await hubctl("stats", "country", "XX").status == 65)
            #expect(try await hubctl("stats", "years").output.split(separator: "\n").count == 3)
            let timeline = try await hubctl("timeline", "--type", "region").output.split(separator: "\n")
            #expect(timeline.count == 3 && timeline[1].hasPrefix("Burgenland, Austria"))
            #expect(try await hubctl("timeline", "--type", "cell").status == 64)
            #expect(try await hubctl("trips").output.split(separator: "\n").count == 3)
            let trips = try await hubctl("trips", "--json", "--limit", "1")
            let id = try #require(trips.json?["trips"]?.array?.first?["id"]?.string)
            #expect(trips.json?["trips"]?.array?.first?["geometry"]?["type"]?.string == "MultiLineString")
            #expect(try await hubctl("trips", id).json == trips.json?["trips"]?.array?.first)
            #expect(try await hubctl("trips", "--from", "yesterday").status == 64)
            #expect(try await hubctl("stays", "--to", "2026-01-01T00:00:00Z").output.contains("48.15000, 17.11000"))
        }
    }
}
