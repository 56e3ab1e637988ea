internal import FeatureKit

/// What these routes answer, for the published document.
enum AdminSchemas {
    static func define(in registry: Registry) {
        defineFigures(in: registry)
        defineJobs(in: registry)
        let device: [Schema.Member] = [
            .required("deviceId", .uuid), .required("displayName", .string()), .required("groupId", .string()),
            .required("platform", .string()), .required("active", .boolean), .required("createdAt", .timestamp),
            .required("updatedAt", .timestamp), .required("lastSeenAt", .timestamp),
        ]
        registry.define("AdminDevice", .object(device))
        let next = Schema.Member.required(
            "nextCursor", .nullable(.string()), "For the next page; null if this is the last")
        registry.define(
            "AdminDevicePage", .object([.required("devices", .array(of: .reference("AdminDevice"))), next]))
        registry.define(
            "Reactivation",
            .object(device + [.required("affected", .integer(minimum: 0, maximum: 1), "0 if it was active already")]))
        registry.define(
            "Purge",
            .object([
                .required("affected", .integer(minimum: 0), "Devices deleted"),
                .required("locations", .integer(minimum: 0), "Locations deleted with them"),
                .required("isComplete", .boolean, "False if there are more: call again"),
            ]))
        registry.define(
            "AdminKeyPage",
            .object([
                .required(
                    "keys",
                    .array(
                        of: .object([
                            .required("id", .uuid), .required("prefix", .string()), .required("name", .string()),
                            .required("admin", .boolean), .required("active", .boolean),
                            .required("createdAt", .timestamp), .optional("expiresAt", .timestamp),
                            .optional("lastUsedAt", .timestamp),
                        ]))), next,
            ]))
        registry.define(
            "AuditPage",
            .object([
                .required(
                    "entries",
                    .array(
                        of: .object([
                            .required("id", .integer()), .required("at", .timestamp),
                            .optional("keyId", .uuid, "Of an API key"), .optional("keyPrefix", .string()),
                            .optional("userId", .uuid, "Of a user, in place of a key"),
                            .required("operation", .string()),
                            .optional("target", .string(), "What it was done to"),
                            .required(
                                "outcome",
                                .string(values: [
                                    "started", "done", "refused", "not_found", "conflict", "cut_off", "failed",
                                ])),
                            .optional("affected", .integer(minimum: 0)),
                            .required("attempts", .integer(minimum: 1), "How often within a minute"),
                            .optional("detail", .string()), .required("requestId", .string()),
                            .required("clientAddress", .string()),
                        ]))), next,
            ]))
        registry.define(
            "SessionPage",
            .object([
                .required("sessions", .array(of: session)), .required("total", .integer(minimum: 0), "Of this hub"),
                next,
            ]))
    }

    private static let session = Schema.object([
        .required("sessionId", .uuid), .optional("deviceId", .uuid), .optional("groupId", .string()),
        .required("loop", .integer(minimum: 0)), .required("protocol", .string()), .required("openedAt", .timestamp),
        .required("keyId", .nullable(.uuid), "The key that it was opened with"),
        .required("userId", .nullable(.uuid), "Who has signed in, in place of a key"), .required("address", .string()),
        .required("queuedBytes", .integer(minimum: 0), "Not read by the client yet"),
        .required("pendingAcks", .integer(minimum: 0)), .required("watches", .integer(minimum: 0)),
        .required("messagesIn", .integer(minimum: 0)), .required("messagesOut", .integer(minimum: 0)),
        .required("bytesIn", .integer(minimum: 0)), .required("bytesOut", .integer(minimum: 0)),
        .required("messagesInPerSecond", .number(minimum: 0), "Since it was opened, as the next three"),
        .required("messagesOutPerSecond", .number(minimum: 0)), .required("bytesInPerSecond", .number(minimum: 0)),
        .required("bytesOutPerSecond", .number(minimum: 0)),
    ])
}
