internal import FeatureKit
internal import Wire

/// What ingestions and primary devices look like, for the published document.
enum IngestSchemas {
    static func define(in registry: Registry, limits: IngestLimits) {
        let name = Schema.nullable(.string(length: limits.deviceNameLength))
        let platform = Schema.nullable(.string(length: limits.platformLength))
        let device: [Schema.Member] = [
            .optional("deviceUuid", .nullable(.uuid), "What the device calls itself; deviceId means the same"),
            .optional("deviceId", .nullable(.uuid)),
            .optional("deviceName", name), .optional("platform", platform, "Such as ios, android or web"),
        ]
        let time = Schema.oneOf([.integer(), .timestamp])
        let position: [Schema.Member] = [
            .required("latitude", .number(minimum: -90, maximum: 90), "Degrees north"),
            .required("longitude", .number(minimum: -180, maximum: 180), "Degrees east"),
            .optional(
                "accuracy", .nullable(.number(minimum: 0)),
                "Metres; worse than \(Int(limits.worstAccuracy)) does not count"),
            .optional(
                "h3Res8", .nullable(.string(length: 15...16, pattern: "^0?[0-9a-fA-F]{15}$")),
                "The H3 cell of resolution 8 that it is in; checked"),
        ]
        registry.define(
            "Ingestion",
            .object(
                [.optional("timestamp", .nullable(time), "When; milliseconds since the epoch, or RFC 3339")] + position
                    + device))
        registry.define(
            "IngestionBatch",
            .object(
                [
                    .required(
                        "locations",
                        .array(
                            of: .object([.required("timestamp", time)] + position),
                            count: 1...limits.locationsPerBatch))
                ] + device))
        defineResult(in: registry)
        registry.define(
            "PrimaryDevice",
            .object([
                .required("deviceId", .uuid), .required("deviceUuid", .nullable(.uuid), "What the device calls itself"),
                .required("deviceName", .string()), .required("platform", .string()),
                .required("groupId", .string()), .required("active", .boolean), .required("createdAt", .timestamp),
                .required("updatedAt", .timestamp),
            ]))
        registry.define(
            "PrimaryDeviceChange",
            .object([
                .optional("deviceId", .nullable(.uuid), "An active device of the caller's"),
                .optional("deviceName", name), .optional("platform", platform),
                .optional("deviceUuid", .nullable(.uuid)),
            ]))
    }

    private static func defineResult(in registry: Registry) {
        let place = Schema.object([
            .required("code", .string(), "ISO 3166-1 or 3166-2"), .required("name", .string()),
        ])
        let count = Schema.integer(minimum: 0)
        registry.define(
            "IngestionResult",
            .object([
                .required("processed", count, "Locations that the record holds now"),
                .required("skipped", count),
                .required(
                    "skippedItems",
                    .array(
                        of: .object([
                            .required("index", count),
                            .required("reason", .string(values: SkippedLocation.Reason.allCases.map(\.rawValue))),
                            .optional(
                                "details",
                                .array(
                                    of: .object([.required("field", .string()), .required("message", .string())]))),
                        ]))),
                .required(
                    "discoveries",
                    .object([
                        .required("newCountries", .array(of: place)), .required("newRegions", .array(of: place)),
                        .required("newCellsRes6", count), .required("newCellsRes8", count),
                    ])),
                .required(
                    "revisits", .object([.required("cellsRes6", count), .required("cellsRes8", count)]),
                    "Cells of the request that were known"),
                .optional(
                    "visitCounts", .object([.required("res6", count), .required("res8", count)]),
                    "How often one has been in the location's cells; not of a batch"),
                .required(
                    "achievementsUnlocked",
                    .array(of: .object([.required("code", .string()), .required("name", .string())]))),
            ]))
    }

    static let singleExample: JSONValue = .object([
        .init(name: "latitude", value: .number(37.7749)), .init(name: "longitude", value: .number(-122.4194)),
        .init(name: "timestamp", value: .string("2024-12-28T10:30:00.000Z")),
        .init(name: "h3Res8", value: .string("8828308281fffff")),
        .init(name: "deviceName", value: .string("My Phone")), .init(name: "platform", value: .string("ios")),
    ])

    static let batchExample: JSONValue = .object([
        .init(
            name: "locations",
            value: .array([
                .object([
                    .init(name: "latitude", value: .number(37.7749)),
                    .init(name: "longitude", value: .number(-122.4194)),
                    .init(name: "timestamp", value: .string("2024-12-28T10:30:00.000Z")),
                ]),
                .object([
                    .init(name: "latitude", value: .number(37.775)),
                    .init(name: "longitude", value: .number(-122.4195)),
                    .init(name: "timestamp", value: .string("2024-12-28T10:35:00.000Z")),
                ]),
            ]))
    ])

    static let deviceExample: JSONValue = .object([.init(name: "deviceName", value: .string("My Phone"))])
}
