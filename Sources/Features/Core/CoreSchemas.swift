internal import FeatureKit
internal import Wire

/// What the core's requests and answers look like, for the published document.
enum CoreSchemas {
    static let groupID = Schema.string(length: 2...50, pattern: "^[A-Za-z0-9_-]+$")

    /// - Parameter fixesPerBatch: The most fixes of one batch.
    static func define(in registry: Registry, fixesPerBatch: Int) {
        let position: [Schema.Member] = [
            .required(
                "timestamp", .oneOf([.integer(), .timestamp]),
                "When the device was there: milliseconds since the epoch, or RFC 3339"),
            .required("latitude", .number(minimum: -90, maximum: 90), "Degrees north"),
            .required("longitude", .number(minimum: -180, maximum: 180), "Degrees east"),
            .required("accuracy", .number(minimum: 0), "Metres"),
            .optional("altitude", .nullable(.number()), "Metres"),
            .optional("bearing", .nullable(.number(minimum: 0, maximum: 360)), "Degrees from north"),
            .optional("speed", .nullable(.number(minimum: 0)), "Metres per second"),
            .optional("provider", .nullable(.string(length: 0...50)), "What found the position"),
            .optional("batteryLevel", .nullable(.integer(minimum: 0, maximum: 100)), "Per cent"),
            .optional("networkType", .nullable(.string(length: 0...50)), "What the device was connected by"),
        ]
        registry.define("Fix", .object(position))
        registry.define("LocationUpload", .object([.required("deviceId", .uuid)] + position))
        registry.define(
            "LocationBatch",
            .object([
                .required("deviceId", .uuid),
                .required("locations", .array(of: .reference("Fix"), count: 1...fixesPerBatch)),
            ]))
        registry.define(
            "Processed",
            .object([.required("success", .boolean), .required("processedCount", .integer(minimum: 1))]))
        registry.define(
            "Registration",
            .object([
                .required("deviceId", .uuid),
                .required("displayName", .string(length: 2...50)),
                .required("groupId", groupID),
                .optional("platform", .nullable(.string(length: 1...50)), "android unless it says otherwise"),
                .optional("fcmToken", .nullable(.string(length: 0...4096)), "For push notifications"),
            ]))
        registry.define(
            "RegisteredDevice",
            .object([
                .required("deviceId", .uuid), .required("displayName", .string()), .required("groupId", groupID),
                .required("platform", .string()), .required("createdAt", .timestamp),
                .required("updatedAt", .timestamp),
            ]))
        registry.define(
            "GroupDevice",
            .object([
                .required("deviceId", .uuid),
                .required("displayName", .string()),
                .required("status", .string(values: ["online", "away", "busy", "offline"])),
                .optional("note", .string(length: 0...140)),
                .required("lastSeenAt", .timestamp),
                .required("lastLocation", .nullable(.reference("Fix"))),
            ]))
        registry.define("DeviceList", .object([.required("devices", .array(of: .reference("GroupDevice")))]))
        registry.define(
            "OwnDeviceList",
            .object([
                .required(
                    "devices",
                    .array(
                        of: .object([
                            .required("deviceId", .uuid), .required("displayName", .string()),
                            .required("groupId", groupID), .required("platform", .string()),
                            .required("active", .boolean), .required("createdAt", .timestamp),
                            .required("updatedAt", .timestamp), .required("lastSeenAt", .timestamp),
                        ])))
            ]))
        registry.define("Status", .object([.required("status", .string())]))
        registry.define(
            "Health",
            .object([
                .required("status", .string(values: ["healthy", "unhealthy"])),
                .required("version", .string()),
                .required(
                    "database",
                    .object([
                        .required("connected", .boolean),
                        .optional("latencyMs", .number(minimum: 0), "How long SELECT 1 took"),
                    ])),
            ]))
    }

    static let registrationExample = example(
        """
        {"deviceId":"0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d","displayName":"Ana's phone","groupId":"family",
         "platform":"android"}
        """)
    static let deviceExample = example(
        """
        {"deviceId":"0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d","displayName":"Ana's phone","groupId":"family",
         "platform":"android","createdAt":"2026-11-20T10:30:00.000Z","updatedAt":"2026-11-20T10:30:00.000Z"}
        """)
    static let listExample = example(
        """
        {"devices":[{"deviceId":"0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d","displayName":"Ana's phone","status":"online",
         "lastSeenAt":"2026-11-20T10:30:00.000Z","lastLocation":{"timestamp":"2026-11-20T10:30:00.000Z",
         "latitude":48.2082,"longitude":16.3738,"accuracy":8}}]}
        """)
    static let uploadExample = example(
        """
        {"deviceId":"0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d","timestamp":1795170600000,"latitude":48.2082,
         "longitude":16.3738,"accuracy":8,"speed":1.4,"batteryLevel":81}
        """)
    static let batchExample = example(
        """
        {"deviceId":"0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d","locations":[
         {"timestamp":1795170600000,"latitude":48.2082,"longitude":16.3738,"accuracy":8},
         {"timestamp":"2026-11-20T10:30:05.000Z","latitude":48.2083,"longitude":16.374,"accuracy":8}]}
        """)

    static func processedExample(_ count: Int) -> JSONValue {
        .object([
            .init(name: "success", value: .boolean(true)), .init(name: "processedCount", value: .integer(Int64(count))),
        ])
    }

    static let ticketExample = example(
        #"{"ticket":"q3zq0nWkPp0Xc0b1sVv3m3o2l5cSg0l6","expiresAt":"2026-11-20T10:30:30.000Z"}"#)

    private static func example(_ text: String) -> JSONValue {
        do throws(JSONError) {
            return unsafe try JSONValue(text.utf8.span.bytes)
        } catch {
            preconditionFailure("an example is no JSON: \(error)")
        }
    }
}
