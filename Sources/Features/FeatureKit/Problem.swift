package import HTTP
package import Model
package import Wire

/// The one error a route answers with: a problem document (RFC 9457; rule 3 of the contract).
package struct Problem: Error, Hashable, Sendable {
    package var code: ErrorCode
    /// The code's own, unless HTTP has a more exact one for the same thing.
    package var status: HTTPStatus
    /// A sentence for the developer of the client; nothing internal, no value of the request.
    package var message: String
    /// Every error of a request's members at once.
    package var details: [FieldError]
    /// Seconds until the same request may succeed.
    package var retryAfter: Int?
    /// Values of `WWW-Authenticate`, which a 401 has (RFC 9110, section 11.6.1).
    package var challenges: [String] = []
    /// Further fields of the answer, such as `RateLimit`.
    package var fields: [Field] = []

    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(
        _ code: ErrorCode, _ message: String, details: [FieldError] = [], retryAfter: Int? = nil,
        status: HTTPStatus? = nil
    ) {
        self.code = code
        self.status = status ?? HTTPStatus(UInt16(code.httpStatus))
        self.message = message
        self.details = details
        self.retryAfter = retryAfter
    }

    /// What a body was refused for.
    package init(_ refusal: Refusal) {
        self.init(refusal.code, refusal.message, details: refusal.details)
    }

    /// What the server refused before there was a request to handle.
    package init(_ refusal: HTTPRefusal) {
        let code: ErrorCode =
            switch refusal.status {
            case .requestTimeout: .requestTimeout
            case .contentTooLarge, .uriTooLong, .headerFieldsTooLarge: .payloadTooLarge
            case .notImplemented, .versionNotSupported: .notImplemented
            case .lengthRequired: .missingField
            default: .invalidFormat
            }
        // The text is the contract's (story 3.10, criterion 4).
        let message = refusal.status == .contentTooLarge ? "Request exceeds maximum size" : refusal.message
        self.init(code, message, status: refusal.status)
    }

    /// No credentials, or none the hub knows (story 1.4).
    package static func unauthorized(for callers: Callers = .apiKey) -> Problem {
        // The text of a route that takes keys is the contract's, whoever else it takes.
        let takesKeys = !callers.isDisjoint(with: [.apiKey, .admin])
        var problem = Problem(
            .unauthorized, takesKeys ? "Invalid or missing API key" : "Invalid or missing access token")
        problem.challenges = callers.challenges
        return problem
    }

    package static let forbidden = Problem(.forbidden, "You may not do this")
    package static let notFound = Problem(.notFound, "There is nothing here")
    /// A fault of the hub's; its log knows more.
    package static let `internal` = Problem(.internal, "The hub could not answer; the request's id finds out why")

    /// The document as an answer.
    package func response(requestID: String) -> HTTPResponse {
        let body = ResponseEncoder.problem(
            Refusal(code, message: message, details: details), status: Int(status.code), requestID: requestID,
            retryAfter: retryAfter)
        var response = HTTPResponse(status, contentType: .problem, body: body)
        for challenge in challenges { response.headers.append("WWW-Authenticate", challenge) }
        if let retryAfter { response.headers.append("Retry-After", String(retryAfter)) }
        for field in fields { response.headers.append(field.name, field.value) }
        return response
    }
}
