internal import FeatureKit

/// Swagger UI as the set-up installs it: its script and its styles (Apache-2.0; the licence is beside it, in `licences`).
enum SwaggerFiles {
    /// Where `scripts/install-swagger-ui.sh` puts it.
    static let folder = "/usr/local/share/presence-hub/swagger-ui"

    /// - Returns: Both files, or none.
    static func read(from folder: String = folder) -> [StaticFile] {
        guard let script = StaticFile("swagger-ui-bundle.js", at: "\(folder)/swagger-ui-bundle.js"),
            let styles = StaticFile("swagger-ui.css", at: "\(folder)/swagger-ui.css")
        else { return [] }
        return [script, styles]
    }
}
