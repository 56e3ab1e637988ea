internal import Configuration
package import FeatureKit
internal import HTTP
internal import Telemetry

/// What people open in a browser: the live map at `/` (docs/adr/0046), the administration at
/// `/admin` (docs/adr/0050).
package struct WebFeature: Feature {
    package static let name = "web"
    static let tag = "Web"

    private let configuration: HubConfiguration
    private let logger: Logger
    private let version: String

    package init(services: Services) {
        configuration = services.configuration
        logger = services.logger.component("web")
        version = services.core?.version ?? ""
    }

    package func register(in registry: Registry) {
        guard configuration.web.servesPage else { return }
        let library = LeafletFiles.read(from: configuration.web.leafletDirectory)
        if library.isEmpty { logger.warning("Leaflet is not installed; the page has no map (web.leaflet_dir)") }
        let files = StaticFiles(WebAssets.files + library)
        let page = WebPage(configuration, assets: "/app/\(files.version)", version: version)
        registry.add(
            files.route(
                under: "/app", operationID: "getPageFile", summary: "What the hub's page loads", tag: WebFeature.tag))
        registry.add(page.route("/", "getPage", "The live map"))
        let administration = WebPage(administration: "/app/\(files.version)", version: version)
        registry.add(administration.route("/admin", "getAdminPage", "The hub's figures, lists and log, for admin keys"))
        registry.add(page.route("/join/{code}", "getJoinPage", "The live map, with an invitation to follow"))
        registry.add(page.route("/s/{token}", "getSharedPage", "Where somebody is who shares that", caching: .none))
        registry.add(
            page.route("/sign-in/callback", "getReturnPage", "Where providers send people back to", caching: .none))
        registry.add(
            page.route("/reset-password", "getResetPage", "Where a mail about a forgotten password leads"))
        registry.add(page.route("/verify-email", "getVerifyPage", "Where a mail that proves an address leads"))
    }
}
