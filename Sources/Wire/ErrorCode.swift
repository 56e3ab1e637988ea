/// The one list of error codes, on the wire and in problem documents. A code never changes its meaning.
package enum ErrorCode: String, Hashable, Sendable, CaseIterable {
    /// A member is missing, of the wrong type or out of range; `details` names each.
    case validationError = "validation_error"
    /// The request lacks something that is not a member of its body, such as a query parameter.
    case missingField = "missing_field"
    /// The body or message is not one JSON object.
    case invalidFormat = "invalid_format"
    /// An H3 cell does not contain the position it was sent with.
    case h3Mismatch = "h3_mismatch"
    /// No credentials, or none the hub knows.
    case unauthorized
    /// Wrong name or password.
    case invalidCredentials = "invalid_credentials"
    /// The password is right, and a code of the second factor has to come with it.
    case secondFactorRequired = "second_factor_required"
    /// The access token's time is over; the refresh token gets another.
    case tokenExpired = "token_expired"
    /// It is no token of this hub's, or of a sign-in that has ended: sign in again.
    case tokenInvalid = "token_invalid"
    /// A known caller without the right.
    case forbidden
    case notFound = "not_found"
    /// No country of the map has that code.
    case countryNotFound = "country_not_found"
    case methodNotAllowed = "method_not_allowed"
    case notAcceptable = "not_acceptable"
    /// The request did not arrive in time.
    case requestTimeout = "request_timeout"
    case conflict
    /// The group has as many active devices as it may have.
    case groupFull = "group_full"
    case duplicateEmail = "duplicate_email"
    case duplicateUsername = "duplicate_username"
    /// The `Idempotency-Key` came with another body before.
    case idempotencyKeyReused = "idempotency_key_reused"
    case payloadTooLarge = "payload_too_large"
    case unsupportedMediaType = "unsupported_media_type"
    /// Too often; `retryAfter` says when again.
    case rateLimitExceeded = "rate_limit_exceeded"
    /// The hub, or what it stands on, cannot answer just now.
    case serviceUnavailable = "service_unavailable"
    /// A fault of the hub's; the log has it under the request's id.
    case `internal`
    /// The `type` of a message is none the hub knows.
    case unknownType = "unknown_type"
    /// The hub is not configured for what was asked.
    case notImplemented = "not_implemented"

    /// The status of an HTTP answer with this code.
    package var httpStatus: Int {
        switch self {
        case .validationError, .missingField, .invalidFormat, .h3Mismatch, .unknownType: 400
        case .unauthorized, .invalidCredentials, .secondFactorRequired, .tokenExpired, .tokenInvalid: 401
        case .forbidden: 403
        case .notFound, .countryNotFound: 404
        case .methodNotAllowed: 405
        case .notAcceptable: 406
        case .requestTimeout: 408
        case .conflict, .groupFull, .duplicateEmail, .duplicateUsername: 409
        case .payloadTooLarge: 413
        case .unsupportedMediaType: 415
        case .idempotencyKeyReused: 422
        case .rateLimitExceeded: 429
        case .internal: 500
        case .notImplemented: 501
        case .serviceUnavailable: 503
        }
    }

    /// What a problem document is entitled (RFC 9457 section 3.1.3).
    package var title: StaticString {
        switch self {
        case .validationError: "Validation failed"
        case .missingField: "Missing field"
        case .invalidFormat: "Invalid format"
        case .h3Mismatch: "H3 cell mismatch"
        case .unauthorized: "Unauthorized"
        case .invalidCredentials: "Invalid credentials"
        case .secondFactorRequired: "Second factor required"
        case .tokenExpired: "Token expired"
        case .tokenInvalid: "Token invalid"
        case .forbidden: "Forbidden"
        case .notFound: "Not found"
        case .countryNotFound: "Country not found"
        case .methodNotAllowed: "Method not allowed"
        case .notAcceptable: "Not acceptable"
        case .requestTimeout: "Request timeout"
        case .conflict: "Conflict"
        case .groupFull: "Group full"
        case .duplicateEmail: "Email already in use"
        case .duplicateUsername: "Username already in use"
        case .idempotencyKeyReused: "Idempotency key reused"
        case .payloadTooLarge: "Payload too large"
        case .unsupportedMediaType: "Unsupported media type"
        case .rateLimitExceeded: "Rate limit exceeded"
        case .serviceUnavailable: "Service unavailable"
        case .internal: "Internal error"
        case .unknownType: "Unknown type"
        case .notImplemented: "Not implemented"
        }
    }

    /// Whether the same request, sent again later, may succeed; if not, something about it must change first.
    package var isTransient: Bool {
        switch self {
        case .rateLimitExceeded, .serviceUnavailable, .internal, .requestTimeout: true
        default: false
        }
    }
}
