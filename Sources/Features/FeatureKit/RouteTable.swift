internal import HTTP

/// All routes of the hub, found by path, and their OpenAPI document. Shared by the loops.
package final class RouteTable: Sendable {
    package let routes: [Route]
    /// The OpenAPI 3.1 document of ``routes``.
    package let openAPI: [UInt8]
    private let router: Router<Int>

    init(routes: [Route], schemas: [(name: String, schema: Schema)], info: APIInfo) {
        var router = Router<Int>()
        for (index, route) in routes.enumerated() { router.add(route.method, route.path, index) }
        self.routes = routes
        self.router = router
        openAPI = OpenAPIDocument(routes: routes, schemas: schemas, info: info).encoded()
    }

    func match(_ request: HTTPRequest) -> Router<Int>.Match { router.match(request) }

    /// The place among ``routes`` of the one that serves a request, if one does.
    func index(for request: HTTPRequest) -> Int? { router.destination(of: request) }

    /// The route that answers `GET /api/v1/openapi.json` with the document of the table it ends up in.
    package static let documentRoute = Route(
        .get, "/api/v1/openapi.json", operationID: "getOpenAPI", summary: "This document", tag: "Meta",
        callers: .anyone,
        responses: [RouteResponse(.ok, "The OpenAPI 3.1 document of this hub", .object([]))],
        handler: .immediate { request in .json(request.table.openAPI) })
}
