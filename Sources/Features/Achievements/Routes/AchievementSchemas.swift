internal import FeatureKit
internal import Wire

/// The schemas of achievements.
enum AchievementSchemas {
    private static let criteria = Schema.object([
        .required("type", .string(length: 1...64), "The quantity that is compared"),
        .optional("threshold", .number(minimum: 0)),
        .optional("count", .integer(minimum: 1), "In place of `threshold`"),
    ])

    private static let texts: [Schema.Member] = [
        .required("name", .string(length: 1...100)), .required("description", .string(length: 1...500)),
    ]

    static let draftExample = JSONValue.object([
        .init(name: "area", value: .string("travel")), .init(name: "position", value: .integer(11)),
        .init(name: "name", value: .string("Pathfinder")),
        .init(name: "description", value: .string("Visit 1000 unique cells")),
        .init(
            name: "criteriaJson",
            value: .object([
                .init(name: "type", value: .string("cells_total")), .init(name: "threshold", value: .integer(1000)),
            ])),
    ])

    static func define(in registry: Registry) {
        registry.define(
            "AchievementDraft",
            .object(
                [
                    .required("area", .string(length: 1...32, pattern: "^[a-z]{1,32}$")),
                    .required("position", .integer(minimum: 0, maximum: 1_000_000), "Its place in the area"),
                ] + texts + [.required("criteriaJson", criteria, "What it asks for")]))
        registry.define(
            "AchievementCatalogue",
            .object([
                .required(
                    "achievements",
                    .array(
                        of: .object(
                            [
                                .required("code", .string()), .required("area", .string()),
                                .required("position", .integer()),
                            ] + texts + [
                                .required("criteriaJson", .any),
                                .required("hidden", .nullable(.string()), "Why nobody is shown it"),
                            ]))),
                .required("nextCursor", .nullable(.string()), "Always null: it is one page"),
            ]))
        registry.define(
            "Achievement",
            .object([
                .required("code", .string(pattern: "^[a-z0-9_]{1,64}$"), "Stable"),
                .required("area", .string(), "The part of the product it belongs to, such as travel"),
                texts[0], texts[1], .required("criteriaJson", criteria, "What it asks for"),
                .required("unlocked", .boolean),
                .required("unlockedAt", .nullable(.timestamp), "Null while it is locked"),
                .required(
                    "progress",
                    .nullable(
                        .object([
                            .required("value", .number(minimum: 0), "By now; may be less than it once was"),
                            .required("threshold", .number(minimum: 0), "From where on it is unlocked"),
                            .required(
                                "percent", .number(minimum: 0, maximum: 100),
                                "Cut to a tenth: 100 if the threshold is reached, and for what is unlocked"),
                        ])), "Null for an unlocked one that is not counted any more"),
            ]))
        registry.define(
            "AchievementList",
            .object([
                .required("achievements", .array(of: .reference("Achievement"))),
                .required("nextCursor", .nullable(.string()), "Always null: it is one page"),
            ]))
    }
}
