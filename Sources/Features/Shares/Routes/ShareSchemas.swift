internal import FeatureKit

/// What these routes answer, for the published document.
enum ShareSchemas {
    private static let members: [Schema.Member] = [
        .required("id", .uuid), .required("deviceId", .uuid), .required("createdAt", .timestamp),
        .required("expiresAt", .timestamp),
    ]

    static func define(in registry: Registry) {
        registry.define("Share", .object(members))
        registry.define(
            "NewShare",
            .object(
                members + [
                    .required("token", .string(length: 43...43), "Shown this once"),
                    .required("url", .string(), "The page that shows it; a path while `server.public_url` is not set"),
                ]))
        registry.define(
            "ShareList",
            .object([
                .required("shares", .array(of: .reference("Share"))), .required("nextCursor", .nullable(.string())),
            ]))
        registry.define(
            "SharedPosition",
            .object([
                .required("displayName", .string()), .required("serverTime", .timestamp),
                .required("expiresAt", .timestamp),
                .required(
                    "location",
                    .nullable(
                        .object([
                            .required("timestamp", .timestamp), .required("latitude", .number()),
                            .required("longitude", .number()), .required("accuracy", .number(minimum: 0), "Metres"),
                            .required("bearing", .nullable(.number(minimum: 0, maximum: 360))),
                            .required("speed", .nullable(.number(minimum: 0)), "Metres per second"),
                        ])), "Null while nothing is known, or whoever shares it is invisible"),
                .required("ageSeconds", .nullable(.number(minimum: 0)), "Of the location"),
            ]))
    }
}
