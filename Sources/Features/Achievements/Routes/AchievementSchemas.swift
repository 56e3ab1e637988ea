internal import FeatureKit

/// The schemas of achievements.
enum AchievementSchemas {
    static func define(in registry: Registry) {
        registry.define(
            "Achievement",
            .object([
                .required("code", .string(pattern: "^[a-z0-9_]{1,64}$"), "Stable"),
                .required("area", .string(), "The part of the product it belongs to, such as travel"),
                .required("name", .string(length: 1...100)),
                .required("description", .string(length: 1...500)),
                .required(
                    "criteriaJson",
                    .object([
                        .required("type", .string(), "The quantity that is compared"),
                        .optional("threshold", .number(minimum: 0)),
                        .optional("count", .integer(minimum: 1), "In place of `threshold`"),
                    ]), "What it asks for"),
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
