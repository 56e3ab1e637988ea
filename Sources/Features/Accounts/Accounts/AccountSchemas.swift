internal import FeatureKit
internal import Passwords

/// What these routes take and answer, for the published document.
enum AccountSchemas {
    static let email = Schema.string(format: "email", length: 3...254)
    static let username = Schema.string(length: 3...30, pattern: "^[A-Za-z0-9_.-]+$")
    static let displayName = Schema.string(length: 1...50)
    static let password = Schema.string(length: Password.shortest...Password.longest)

    static func define(in registry: Registry) {
        registry.define(
            "SignInDevice",
            .object([
                .optional("deviceName", .nullable(.string(length: 1...100))),
                .optional("platform", .nullable(.string(length: 1...50))),
                .optional("appVersion", .nullable(.string(length: 1...50))),
                .optional("pushToken", .nullable(.string(length: 1...4096)), "Where notifications go"),
            ]))
        registry.define(
            "NewAccount",
            .object([
                .required("email", email), .required("password", password), .required("username", username),
                .optional("displayName", displayName, "The username if not given"),
                .optional("device", .reference("SignInDevice")),
                .optional("invitationCode", .string(), "Of an invitation into a group, which the new account joins"),
            ]))
        registry.define(
            "Login",
            .object([
                .optional("email", .string(), "Or username"), .optional("username", .string(), "Or email"),
                .required("password", .string()),
                .optional("totp", .string(), "A code of the second factor, or a recovery code, if it is on"),
                .optional("device", .reference("SignInDevice")),
            ]))
        registry.define(
            "RefreshToken",
            .object([.optional("refreshToken", .string(), "Required, but of a page that has it in a cookie")]))
        registry.define(
            "OptionalRefreshToken",
            .object([.optional("refreshToken", .string(), "In place of the access token")]))
        registry.define(
            "Account",
            .object([
                .required("id", .uuid), .required("username", username), .required("displayName", displayName),
                .required("email", email), .required("emailVerified", .boolean), .required("createdAt", .timestamp),
                .required("hasTotp", .boolean, "Whether the second factor is on"),
                .required("provider", .string(), "local, or who vouches for them"),
            ]))
        registry.define(
            "AdminUserPage",
            .object([
                .required(
                    "users",
                    .array(
                        of: .object([
                            .required("id", .uuid), .required("username", .string()),
                            .required("displayName", .string()), .required("email", .string()),
                            .required("emailVerified", .boolean), .required("provider", .string()),
                            .required("createdAt", .timestamp), .optional("lastSignInAt", .timestamp),
                            .required("disabled", .boolean),
                        ]))),
                .required("nextCursor", .nullable(.string()), "For the next page; null if this is the last"),
            ]))
        registry.define(
            "SignedIn",
            .object([
                .required("user", .reference("Account")), .required("accessToken", .string()),
                .optional("refreshToken", .string(), "Works once; not here if it went into a cookie"),
                .required("expiresIn", .integer(minimum: 1), "Seconds that the access token lasts"),
                .required("tokenType", .string(values: ["Bearer"])), .required("sessionId", .uuid),
            ]))
        registry.define(
            "SignInPage",
            .object([
                .required(
                    "sessions",
                    .array(
                        of: .object([
                            .required("id", .uuid), .required("createdAt", .timestamp),
                            .required("lastUsedAt", .timestamp, "When its refresh token was used"),
                            .required("expiresAt", .timestamp, "When it ends if that is not used"),
                            .required("deviceName", .nullable(.string())), .required("platform", .nullable(.string())),
                            .required("appVersion", .nullable(.string())),
                            .required("userAgent", .nullable(.string())), .required("clientAddress", .string()),
                            .required("current", .boolean, "Whether it is this one"),
                        ]))),
                .required("nextCursor", .nullable(.string()), "For the next page; null if this is the last"),
            ]))
    }
}
