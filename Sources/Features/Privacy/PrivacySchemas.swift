internal import FeatureKit

/// What these routes answer, for the published document.
enum PrivacySchemas {
    static func define(in registry: Registry) {
        registry.define(
            "LocationPage",
            .object([
                .required("locations", .array(of: .reference("Fix"))),
                .required("nextCursor", .nullable(.string()), "For the next page; null if this is the last"),
            ]))
        registry.define(
            "Whereabouts",
            .object([
                .required("groupId", .string()), .required("time", .timestamp),
                .required(
                    "devices",
                    .array(
                        of: .object([
                            .required("deviceId", .uuid), .required("displayName", .string()),
                            .required("location", .nullable(.reference("Fix"))),
                            .required("ageSeconds", .nullable(.number(minimum: 0)), "Of the location at that time"),
                        ]))),
            ]))
        registry.define(
            "Trails",
            .object([
                .required("groupId", .string()),
                .required(
                    "devices",
                    .array(
                        of: .object([
                            .required("deviceId", .uuid), .required("displayName", .string()),
                            .required("locations", .array(of: .reference("Fix")), "Oldest first"),
                        ]))),
            ]))
        registry.define(
            "DeviceExport",
            .object([
                .required("exportedAt", .timestamp),
                .required(
                    "device",
                    .object([
                        .required("deviceId", .uuid), .required("displayName", .string()),
                        .required("groupId", .string()), .required("platform", .string()),
                        .required("active", .boolean), .required("fcmToken", .nullable(.string())),
                        .required("createdAt", .timestamp), .required("updatedAt", .timestamp),
                        .required("lastSeenAt", .timestamp),
                    ])),
                .required(
                    "audit",
                    .array(
                        of: .object([
                            .required("at", .timestamp), .required("operation", .string()),
                            .required("outcome", .string()),
                        ])), "What was done with its data, the newest 1,000, newest first"),
                .required("locations", .array(of: .reference("Fix")), "Oldest first, each also with `receivedAt`"),
                .required("locationCount", .integer(minimum: 0), "Comes last: without it the export is not whole"),
            ]))
    }
}
