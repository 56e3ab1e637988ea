package import HTTP
package import Wire

/// One method on one path: everything the hub knows of it, from which come the router, the OpenAPI document, the labels
/// of the metrics and the test that strangers are refused.
package struct Route: Sendable {
    package let method: HTTPMethod
    package let path: PathTemplate
    /// Unique; what generated clients call it, such as `registerDevice`.
    package let operationID: String
    /// A few words.
    package let summary: String
    /// Sentences; may be empty.
    package var description = ""
    /// The group it is listed under, usually the feature.
    package let tag: String
    package let callers: Callers
    /// Names of rate policies that replace the general one.
    package var ratePolicies: [String] = []
    /// Asked by what watches over the hub, such as a probe: it is never limited, and takes plain HTTP.
    package var isProbe = false
    /// Of path, query and header. A parameter of the path that is not here is a string.
    package var parameters: [RouteParameter] = []
    package var content: RequestContent?
    package let responses: [RouteResponse]
    /// What it answers beyond what every route of its kind may: ``Route/allErrors``.
    package var errors: [ErrorCode] = []
    /// The most bytes of a body, if not the server's general limit.
    package var maximumBody: Int?
    /// Whether it takes an `Idempotency-Key`: a request repeated with the same key is answered as before and not handled
    /// again. Its answers are given as a whole, hold nothing that must not be kept for a day, and need no field beside
    /// `Content-Type`. The handler goes on when the client goes away, so that the client finds its answer.
    package var isIdempotent = false
    package let handler: RouteHandler

    /// Whether the audit log tells who was refused: the routes of administrators.
    var isAudited: Bool { callers == .admin }

    package init(
        _ method: HTTPMethod, _ path: PathTemplate, operationID: String, summary: String, description: String = "",
        tag: String, callers: Callers, ratePolicies: [String] = [], isProbe: Bool = false,
        parameters: [RouteParameter] = [],
        content: RequestContent? = nil, responses: [RouteResponse], errors: [ErrorCode] = [],
        maximumBody: Int? = nil, isIdempotent: Bool = false, handler: RouteHandler
    ) {
        precondition(
            !isIdempotent || !callers.contains(.anyone), "\(method.rawValue) \(path) cannot tell its callers apart")
        precondition(!callers.isEmpty, "\(method.rawValue) \(path) has no callers")
        precondition(!responses.isEmpty, "\(method.rawValue) \(path) has no responses")
        self.method = method
        self.path = path
        self.operationID = operationID
        self.summary = summary
        self.description = description
        self.tag = tag
        self.callers = callers
        self.ratePolicies = ratePolicies
        self.isProbe = isProbe
        self.parameters = parameters
        self.content = content
        self.responses = responses
        self.errors = errors
        self.maximumBody = maximumBody
        self.isIdempotent = isIdempotent
        self.handler = handler
    }

    /// Its own errors and those that follow from what it declares.
    package var allErrors: [ErrorCode] {
        var codes = errors
        if callers != .anyone { codes += [.unauthorized, .forbidden] }
        if content != nil { codes += [.invalidFormat, .validationError, .payloadTooLarge, .unsupportedMediaType] }
        if isIdempotent { codes += [.invalidFormat, .conflict, .idempotencyKeyReused, .serviceUnavailable] }
        if !isProbe { codes.append(.rateLimitExceeded) }
        codes.append(.internal)
        var seen: Set<ErrorCode> = []
        return codes.filter { seen.insert($0).inserted }
    }
}
