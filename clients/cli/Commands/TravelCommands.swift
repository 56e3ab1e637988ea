import Wire

/// Where one has been: `stats`, `timeline`, `trips` and `stays`.
enum TravelCommands {
    static let all = [stats, statsCountries, statsCountry, statsYears, timeline, trips, stays]

    // MARK: Figures

    static let stats = Command(
        name: "stats", summary: "see what your travels come to", options: [PersonCommands.json],
        run: { invocation in
            let answer = try invocation.person().call(.get, "/api/v1/stats/overview")
            if invocation.arguments.has("json") {
                Output.line(JSONText(answer).text)
                return .ok
            }
            let rows = TravelText.figures(answer)
            let width = rows.map(\.name.count).max() ?? 0
            for row in rows {
                let gap = String(repeating: " ", count: width - row.name.count + 2)
                Output.line(row.name + gap + PlainText.line(row.value))
            }
            if answer["pending"]?.boolean == true { Output.note("points have come that are not counted yet") }
            return .ok
        })

    static let statsCountries = Command(
        name: "stats countries", summary: "list the countries you have been in", options: [PersonCommands.json],
        run: { invocation in
            let entries = try invocation.person().call(.get, "/api/v1/stats/countries")["countries"]?.array ?? []
            return PersonCommands.list(
                entries, "countries", invocation,
                columns: ["COUNTRY", "CODE", "REGIONS", "CELLS", "SEEN", "FIRST", "LAST"]
            ) { entry in
                TravelText.place(entry, regions: TravelText.regions(entry))
            }
        })

    static let statsCountry = Command(
        name: "stats country", summary: "list the regions of a country you have been in",
        operands: [Operand("CODE", "the country's two letters, such as SK")], options: [PersonCommands.json],
        run: { invocation in
            let code = PersonAPI.escaped(invocation.arguments.operands[0])
            let country = try invocation.person().call(.get, "/api/v1/stats/countries/\(code)")
            if invocation.arguments.has("json") {
                Output.line(JSONText(country).text)
                return .ok
            }
            let name = PlainText.line(country["name"]?.string ?? "")
            Output.note(
                "\(name): \(TravelText.percent(country["share"])) seen, "
                    + "\(TravelText.regions(country)) regions")
            return PersonCommands.list(
                country["regions"]?.array ?? [], "regions", invocation,
                columns: ["REGION", "CODE", "CELLS", "SEEN", "FIRST", "LAST"]
            ) { TravelText.place($0, regions: nil) }
        })

    static let statsYears = Command(
        name: "stats years", summary: "see your travels year by year", options: [PersonCommands.json],
        run: { invocation in
            let entries = try invocation.person().call(.get, "/api/v1/stats/years")["years"]?.array ?? []
            return PersonCommands.list(
                entries, "years", invocation,
                columns: ["YEAR", "DAYS", "COUNTRIES", "NEW", "REGIONS", "NEW", "CELLS", "NEW", "TRIPS", "DISTANCE"]
            ) { entry in
                [String(entry["year"]?.integer ?? 0)]
                    + [
                        "days", "countries", "newCountries", "regions", "newRegions", "cells", "newCells", "trips",
                    ].map { TravelText.count(entry[$0]) } + [TravelText.distance(entry["distanceMetres"])]
            }
        })

    // MARK: Firsts

    static let timeline = Command(
        name: "timeline", summary: "see when you first were where",
        options: [
            Option("type", .value("TYPE"), "only country, region or milestone"),
            Option("limit", .value("N"), "events to list; 50 if not given"), PersonCommands.json,
        ],
        run: { invocation in
            let limit = try invocation.arguments.integer("limit", in: 1...10_000) ?? 50
            let type = invocation.arguments.text("type")
            if let type, !["country", "region", "milestone"].contains(type) {
                throw CommandFailure.usage("TYPE is country, region or milestone")
            }
            let path = "/api/v1/visits/timeline?limit=\(min(limit, 100))" + (type.map { "&type=\($0)" } ?? "")
            let entries = try invocation.person().list(path, "events", limit: limit)
            return PersonCommands.list(entries, "events", invocation, columns: ["WHAT", "WHEN", "CELL"]) { entry in
                [
                    TravelText.event(entry), TravelText.moment(entry["timestamp"]),
                    entry["data"]?["cellH3"]?.string ?? "",
                ]
            }
        })

    // MARK: Ways and places

    private static let page = [
        Option("from", .value("TIME"), "only what began then or later, such as 2026-01-01T00:00:00Z"),
        Option("to", .value("TIME"), "only what began before"),
        Option("limit", .value("N"), "entries to list; 50 if not given"), PersonCommands.json,
    ]

    static let trips = Command(
        name: "trips", summary: "list your trips, or show one",
        discussion: [
            "With an id it prints that trip as JSON, with where it went as GeoJSON. With --json the list has that as well."
        ],
        operands: [Operand("ID", required: false, "a trip's id")], options: page,
        run: { invocation in
            let api = try invocation.person()
            if let id = invocation.arguments.operands.first {
                Output.line(JSONText(try api.call(.get, "/api/v1/trips/\(PersonAPI.escaped(id))")).text)
                return .ok
            }
            let query = try query(invocation) + "&geometry=\(invocation.arguments.has("json"))"
            let limit = try invocation.arguments.integer("limit", in: 1...10_000) ?? 50
            let entries = try api.list("/api/v1/trips?\(query)", "trips", limit: limit)
            return PersonCommands.list(
                entries, "trips", invocation, columns: ["BEGAN", "DURATION", "DISTANCE", "AVERAGE", "TOP", "ID"]
            ) { entry in
                [
                    TravelText.moment(entry["startedAt"]), TravelText.duration(entry["durationSeconds"]),
                    TravelText.distance(entry["distanceMetres"]), TravelText.speed(entry["averageSpeed"]),
                    TravelText.speed(entry["topSpeed"]), entry["id"]?.string ?? "",
                ]
            }
        })

    static let stays = Command(
        name: "stays", summary: "list where you have stayed", options: page,
        run: { invocation in
            let limit = try invocation.arguments.integer("limit", in: 1...10_000) ?? 50
            let entries = try invocation.person().list("/api/v1/stays?\(query(invocation))", "stays", limit: limit)
            return PersonCommands.list(entries, "stays", invocation, columns: ["ARRIVED", "DURATION", "PLACE", "CELL"])
            {
                entry in
                let place = PlaceText.text(
                    latitude: entry["latitude"]?.double ?? 0, longitude: entry["longitude"]?.double ?? 0)
                return [
                    TravelText.moment(entry["arrivedAt"]), TravelText.duration(entry["durationSeconds"]), place,
                    entry["cellH3"]?.string ?? "",
                ]
            }
        })

    private static func query(_ invocation: Invocation) throws(CommandFailure) -> String {
        let limit = try invocation.arguments.integer("limit", in: 1...10_000) ?? 50
        var query = "limit=\(min(limit, 100))"
        for name in ["from", "to"] {
            guard let text = invocation.arguments.text(name) else { continue }
            guard TimeText.timestamp(text) != nil else {
                throw .usage("--\(name) takes a time such as 2026-01-01T00:00:00Z")
            }
            query += "&\(name)=\(PersonAPI.escaped(text))"
        }
        return query
    }
}
