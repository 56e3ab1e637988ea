internal import FeatureKit

/// What `/api/v1/trips` and `/api/v1/stays` answer, for the published document.
enum TripSchemas {
    static func define(in registry: Registry) {
        registry.define("TripSummary", .object(summary))
        registry.define(
            "Trip",
            .object(
                summary + [
                    .required("start", point), .required("end", point),
                    .optional(
                        "geometry", geometry,
                        "GeoJSON (RFC 7946), in fewer points than were sent; cut at the antimeridian"),
                ]))
        registry.define(
            "Stay",
            .object([
                .required("id", .uuid), .required("arrivedAt", .timestamp), .required("leftAt", .timestamp),
                .required("durationSeconds", .number(minimum: 0)),
                .required("latitude", latitude, "Of the first point there"), .required("longitude", longitude),
                .required("cellH3", .nullable(.string()), "The cell of resolution 8"),
            ]))
    }

    static func page(_ name: String, of entry: String) -> Schema {
        .object([
            .required(name, .array(of: .reference(entry))),
            .required("nextCursor", .nullable(.string()), "For the next page; null if there is none"),
        ])
    }

    private static let latitude = Schema.number(minimum: -90, maximum: 90)
    private static let longitude = Schema.number(minimum: -180, maximum: 180)
    private static let point = Schema.object([.required("latitude", latitude), .required("longitude", longitude)])

    private static let summary: [Schema.Member] = [
        .required("id", .uuid), .required("startedAt", .timestamp), .required("endedAt", .timestamp),
        .required("distanceMetres", .number(minimum: 0), "From point to point"),
        .required("durationSeconds", .number(minimum: 0)),
        .required("averageSpeed", .number(minimum: 0), "Metres a second"),
        .required("topSpeed", .number(minimum: 0), "Metres a second, errors of the receiver left out"),
    ]

    private static let position = Schema.array(of: .number(), count: 2...2)
    private static let line = Schema.array(of: position)
    private static let geometry = Schema.oneOf([
        .object([.required("type", .string(values: ["LineString"])), .required("coordinates", line)]),
        .object([.required("type", .string(values: ["MultiLineString"])), .required("coordinates", .array(of: line))]),
    ])
}
