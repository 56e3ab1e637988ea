internal import FeatureKit

/// What these routes answer, for the published document.
enum PhoneSchemas {
    static func define(in registry: Registry) {
        registry.define(
            "PhoneToken",
            .object([
                .required("deviceId", .uuid), .required("createdAt", .timestamp),
                .required("token", .string(length: 32...32), "Shown this once"),
                .required(
                    "addresses",
                    .object([
                        .required("ownTracks", .string(), "Its URL; the token is the password"),
                        .required("osmAnd", .string(), "Its web address, with the token in it"),
                        .required("traccarClient", .string(), "Its server URL; the token is the device identifier"),
                    ]), "What to enter in the apps; paths while `server.public_url` is not set"),
            ]))
        registry.define(
            "PhoneTokenState",
            .object([.required("deviceId", .uuid), .required("createdAt", .timestamp)]))
        registry.define(
            "OwnTracksMessages",
            .array(of: .object([.required("_type", .string(values: ["card", "location"]))])))
    }
}
