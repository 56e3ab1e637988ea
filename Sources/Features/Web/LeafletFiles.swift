internal import FeatureKit
internal import Glibc

/// Leaflet as it is installed: its script and its styles, under the terms that stand in the script (BSD, two clauses).
enum LeafletFiles {
    /// Where Debian's libjs-leaflet puts it, and whoever has none of Debian's may.
    private static let folders = ["/usr/share/javascript/leaflet", "/usr/local/share/presence-hub/leaflet"]
    /// Of one file; the larger one has 0.15 MB.
    private static let longest = 4 << 20

    /// - Parameter folder: Empty to look in the usual places.
    /// - Returns: Both files, or none.
    static func read(from folder: String) -> [StaticFile] {
        for folder in folder.isEmpty ? folders : [folder] {
            // The smaller one where there are two.
            let script = read("\(folder)/leaflet.min.js") ?? read("\(folder)/leaflet.js")
            guard let script, let styles = read("\(folder)/leaflet.css") else { continue }
            return [StaticFile("leaflet.js", script), StaticFile("leaflet.css", styles)]
        }
        return []
    }

    private static func read(_ path: String) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= longest
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(file, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            guard count > 0 else { return nil }
            filled += count
        }
        return bytes
    }
}
