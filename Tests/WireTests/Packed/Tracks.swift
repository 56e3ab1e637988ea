import Foundation
import Model
import Wire

/// The real tracks, if there are any: `HUB_TRACES`, or beside the project.
enum Tracks {
    private static let package = #filePath.components(separatedBy: "/Tests/")[0]

    static let folder: String? = [
        ProcessInfo.processInfo.environment["HUB_TRACES"], package + "/../shared/data/traces",
        package + "/../../shared/data/traces",
    ].compactMap(\.self).first { FileManager.default.fileExists(atPath: $0 + "/INDEX.csv") }

    /// Each track's fixes, in the order of their times, by the file's name.
    static func all() throws -> [(name: String, fixes: [Fix])] {
        guard let folder else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            .filter { $0.hasSuffix(".csv") && $0 != "INDEX.csv" }
            .map { ($0, fixes(try String(contentsOfFile: folder + "/" + $0, encoding: .utf8))) }
    }

    private static func fixes(_ text: String) -> [Fix] {
        let lines = text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = lines.first else { return [] }
        func value(_ name: String, _ line: [String]) -> String? {
            header.firstIndex(of: name).flatMap { $0 < line.count && !line[$0].isEmpty ? line[$0] : nil }
        }
        var fixes: [Fix] = []
        for line in lines.dropFirst() {
            guard let time = value("timestamp", line).flatMap({ Timestamp(rfc3339: $0) }),
                let latitude = value("lat", line).flatMap(Double.init),
                let longitude = value("lon", line).flatMap(Double.init)
            else { continue }
            fixes.append(
                Fix(
                    capturedAt: time, latitude: latitude, longitude: longitude,
                    accuracy: value("accuracy", line).flatMap(Double.init) ?? 10,
                    altitude: value("ele", line).flatMap(Double.init), speed: value("speed", line).flatMap(Double.init))
            )
        }
        return fixes
    }
}
