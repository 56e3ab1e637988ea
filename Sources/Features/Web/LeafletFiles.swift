internal import FeatureKit

/// Leaflet as it is installed: its script and its styles, under the terms that stand in the script (BSD, two clauses).
enum LeafletFiles {
    /// Where Debian's libjs-leaflet puts it, and whoever has none of Debian's may.
    private static let folders = ["/usr/share/javascript/leaflet", "/usr/local/share/presence-hub/leaflet"]

    /// - Parameter folder: Empty to look in the usual places.
    /// - Returns: Both files, or none.
    static func read(from folder: String) -> [StaticFile] {
        for folder in folder.isEmpty ? folders : [folder] {
            // The smaller one where there are two.
            let script =
                StaticFile("leaflet.js", at: "\(folder)/leaflet.min.js")
                ?? StaticFile("leaflet.js", at: "\(folder)/leaflet.js")
            guard let script, let styles = StaticFile("leaflet.css", at: "\(folder)/leaflet.css") else { continue }
            return [script, styles]
        }
        return []
    }
}
