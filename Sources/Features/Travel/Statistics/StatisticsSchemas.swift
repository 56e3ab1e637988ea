internal import FeatureKit

/// What `/api/v1/stats` answers, for the published document.
enum StatisticsSchemas {
    static let count = Schema.integer(minimum: 0)
    static let metres = Schema.number(minimum: 0)

    static func define(in registry: Registry) {
        registry.define("TravelOverview", overview)
        registry.define("SeenCountry", .object(place + regions))
        registry.define(
            "SeenCountryWithRegions",
            .object(place + regions + [.required("regions", .array(of: .reference("SeenRegion")))]))
        registry.define(
            "SeenRegion",
            .object(
                place + [
                    .required("parent", .nullable(.string()), "The region it is part of, which may not be on the map")
                ]))
        registry.define("TravelYear", year)
    }

    private static let ways: [Schema.Member] = [
        .required("trips", count), .required("distanceMetres", metres, "Of all trips"),
        .required("travelSeconds", .number(minimum: 0), "On trips"),
        .required("unseenDistanceMetres", metres, "As the crow flies, in silences; not part of the distance"),
    ]

    private static let overview = Schema.object([
        .required(
            "user",
            .object([
                .required("id", .uuid), .required("username", .string()), .required("createdAt", .timestamp),
            ])),
        .required(
            "stats",
            .object(
                [
                    .required("countriesVisited", count), .required("regionsVisited", count),
                    .required("cellsVisitedRes6", count), .required("cellsVisitedRes8", count),
                    .required("firstVisitAt", .nullable(.timestamp)), .required("lastVisitAt", .nullable(.timestamp)),
                    .required("totalVisitCount", count, "Visits of cells of resolution 8"),
                    .required("daysVisited", count, "Days in UTC"),
                    .required(
                        "hemispheres",
                        .object([.required("northern", .boolean), .required("southern", .boolean)])),
                ] + ways + [.required("longestTrip", .nullable(.reference("TripSummary")), "By its distance")])),
        .required(
            "recent",
            .object([.required("lastCountry", .nullable(seen)), .required("lastRegion", .nullable(seen))])),
        .required("pending", .boolean, "Points have come that are not counted yet"),
    ])

    private static let seen = Schema.object([
        .required("code", .string()), .required("name", .string()), .required("visitedAt", .timestamp),
    ])

    private static let place: [Schema.Member] = [
        .required("code", .string(), "ISO 3166-1 alpha-2, or ISO 3166-2"), .required("name", .string()),
        .required("cells", count, "H3 cells of resolution 8, along the coast too"),
        .required("landCells", count, "Those whose centre is on land"),
        .required(
            "share", .nullable(.number(minimum: 0, maximum: 1)),
            "Of the land's cells, of which there are as many as docs/travel.md reckons; null if that is not known"),
        .required("firstVisitAt", .nullable(.timestamp)), .required("lastVisitAt", .nullable(.timestamp)),
        .required("firstCellH3", .nullable(.string()), "The cell where one first was"),
    ]

    private static let regions: [Schema.Member] = [
        .required("regionsVisited", count), .required("regionCount", count, "As many as the map has"),
    ]

    private static let year = Schema.object(
        [
            .required("year", .integer()), .required("days", count),
            .required("cells", count, "H3 cells of resolution 8"), .required("newCells", count),
            .required("visits", count), .required("countries", count), .required("newCountries", count),
            .required("regions", count), .required("newRegions", count),
        ] + ways + [.required("longestTripMetres", .nullable(metres))])
}
