internal import Configuration
internal import FeatureKit
internal import HTTP

/// A document: that which every page of the map is, whose script reads from the address what differs, or the
/// administration's.
struct WebPage: Sendable {
    private let document: StaticFile
    private let headers: HTTPHeaders

    /// The map's.
    ///
    /// - Parameters:
    ///   - assets: The address of its files, without a slash at the end.
    ///   - version: The hub's.
    init(_ configuration: HubConfiguration, assets: String, version: String) {
        let values = [
            "assets": assets, "version": version,
            "tiles": configuration.web.tilesURL, "attribution": configuration.web.tilesAttribution,
            "registration": configuration.accounts.registration.rawValue,
            "mail": configuration.mail.smtpURL.isEmpty ? "off" : "on",
        ]
        document = StaticFile("index.html", WebPage.fill(WebAssets.document, with: values))
        var policy = PagePolicy()
        policy.asksForPosition = true
        if let origin = WebPage.origin(of: configuration.web.tilesURL) {
            policy.imageOrigins = [origin]
            policy.tellsItsOrigin = true
        }
        headers = policy.headers
    }

    /// The administration's, which asks for nothing but the hub.
    init(administration assets: String, version: String) {
        document = StaticFile(
            "admin.html", WebPage.fill(WebAssets.administration, with: ["assets": assets, "version": version]))
        headers = PagePolicy().headers
    }

    /// - Parameter caching: Of an address that is a secret, none.
    func route(
        _ path: PathTemplate, _ operationID: String, _ summary: String, caching: StaticFile.Caching = .revalidated
    ) -> Route {
        Route(
            .get, path, operationID: operationID, summary: summary, tag: WebFeature.tag, callers: .anyone,
            responses: [RouteResponse(.ok, "The page", .string(), mediaType: "text/html")],
            handler: .later { [document, headers] request in
                await document.answer(to: request.http, caching, headers: headers)
            })
    }

    /// Scheme, host and port of a URL.
    private static func origin(of url: String) -> String? {
        guard !url.isEmpty else { return nil }
        return url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3).joined(
            separator: "/")
    }

    /// The text with each `{{name}}` replaced by its value, escaped for HTML's attributes and text.
    private static func fill(_ text: String, with values: [String: String]) -> String {
        var text = text
        for (name, value) in values { text.replace("{{\(name)}}", with: escaped(value)) }
        return text
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
