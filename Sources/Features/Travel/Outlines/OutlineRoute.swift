internal import FeatureKit
internal import HTTP
internal import Persistence
internal import Telemetry
internal import Wire

extension Route {
    /// The outlines of countries and regions, as `Earth/RegionMap/outlines` has them, for everybody.
    static func outlines(of shelf: OutlineShelf) -> Route {
        Route(
            .get, "/api/v1/travel/outlines", operationID: "getOutlines",
            summary: "The borders of countries and regions",
            description: """
                For a base map that needs no other server: the map that was imported (`hubd regions import`), in steps of a \
                thousandth of a degree and a form of its own, about a megabyte. Nothing before the first import.
                """,
            tag: "Travel", callers: .anyone,
            responses: [
                RouteResponse(.ok, "The borders", .string(), mediaType: "application/octet-stream"),
                RouteResponse(.noContent, "No map was imported"),
            ],
            errors: [.serviceUnavailable],
            handler: .later { request in
                do {
                    guard let file = try await shelf.file(on: request.loop) else {
                        return HTTPResponse(.noContent)
                    }
                    return await file.answer(to: request.http, .revalidated)
                } catch {
                    request.logger.warning("no outlines", ["reason": .string("\(error)")])
                    throw Problem(.serviceUnavailable, "The map cannot be read just now", retryAfter: 5)
                }
            })
    }
}
