package import Jobs

/// Gathers what the features offer while the hub starts; used by one thread, then made into a ``RouteTable``.
package final class Registry {
    package private(set) var routes: [Route] = []
    /// Who does the queued jobs of which kind.
    package private(set) var jobHandlers: [JobHandler] = []
    /// Who hears of the stream's sessions.
    package private(set) var streamServices: [any StreamService] = []
    /// Who knows users by their tokens.
    package private(set) var bearers: (any BearerAuthenticator)?
    private(set) var schemas: [(name: String, schema: Schema)] = []

    package init() {
        define("Problem", Registry.problem)
    }

    /// - Precondition: Neither its method and path nor its operation is there already.
    package func add(_ route: Route) {
        precondition(
            !routes.contains { $0.operationID == route.operationID }, "Two routes are called \(route.operationID)")
        routes.append(route)
    }

    /// - Precondition: Nobody does jobs of that kind already.
    package func add(_ handler: JobHandler) {
        precondition(!jobHandlers.contains { $0.name == handler.name }, "Two handlers do \(handler.name)")
        jobHandlers.append(handler)
    }

    package func add(_ service: any StreamService) { streamServices.append(service) }

    /// - Precondition: No other area knows users.
    package func authenticateBearers(with authenticator: any BearerAuthenticator) {
        precondition(bearers == nil, "Two areas know users")
        bearers = authenticator
    }

    /// Names a schema, for ``Schema/reference(_:)``.
    package func define(_ name: String, _ schema: Schema) {
        precondition(!schemas.contains { $0.name == name }, "Two schemas are called \(name)")
        schemas.append((name, schema))
    }

    /// Everything registered, for all loops.
    ///
    /// - Precondition: Every schema that is referred to is defined.
    package func makeTable(info: APIInfo) -> RouteTable {
        RouteTable(routes: routes, schemas: schemas, info: info)
    }

    private static let problem = Schema.object([
        .required("type", .string(format: "uri-reference")),
        .required("title", .string()),
        .required("status", .integer(minimum: 400, maximum: 599)),
        .required("error", .string(), "A stable code"),
        .required("message", .string(), "A sentence for the developer of the client"),
        .optional(
            "details",
            .array(of: .object([.required("field", .string()), .required("message", .string())])),
            "Every member that is wrong"),
        .optional("requestId", .string(), "Also in X-Request-ID"),
        .optional("retryAfter", .integer(minimum: 0), "Seconds, also in Retry-After"),
    ])
}
