package import FeatureKit
internal import HTTP
internal import Telemetry

/// The documents of the API for people: `/docs` browses and calls the routes, `/docs/stream` shows the messages of the stream.
package struct DocsFeature: Feature {
    package static let name = "docs"
    static let tag = "Docs"

    private let logger: Logger
    private let version: String

    package init(services: Services) {
        logger = services.logger.component("docs")
        version = services.core?.version ?? ""
    }

    package func register(in registry: Registry) {
        let library = SwaggerFiles.read()
        if library.isEmpty { logger.warning("Swagger UI is not installed; /docs shows no routes") }
        let files = StaticFiles(
            library + [
                StaticFile("api.js", PackageResources.api_js), StaticFile("stream.js", PackageResources.stream_js),
                StaticFile("docs.css", PackageResources.docs_css), StaticFile("docs.svg", PackageResources.docs_svg),
                StaticFile("asyncapi.json", PackageResources.asyncapi_json),
            ])
        registry.add(
            files.route(
                under: "/docs", operationID: "getDocsFile", summary: "What the documents' pages load",
                tag: DocsFeature.tag))
        registry.add(page("/docs", "getDocs", "The routes, to browse and to call", PackageResources.api_html, files))
        registry.add(
            page("/docs/stream", "getStreamDocs", "The messages of the stream", PackageResources.stream_html, files))
    }

    private func page(
        _ path: PathTemplate, _ operationID: String, _ summary: String, _ text: String, _ files: StaticFiles
    ) -> Route {
        let text = text.replacing("{{assets}}", with: "/docs/\(files.version)").replacing("{{version}}", with: version)
        let (document, headers) = (StaticFile("index.html", text), PagePolicy().headers)
        return Route(
            .get, path, operationID: operationID, summary: summary, tag: DocsFeature.tag, callers: .anyone,
            responses: [RouteResponse(.ok, "The page", .string(), mediaType: "text/html")],
            handler: .later { request in await document.answer(to: request.http, .revalidated, headers: headers) })
    }
}
