import Foundation
import Journeys
import Model
import Wire

/// The recorded tracks of real people and buses.
enum RecordedTracks {
    /// The folder, if there is one: `HUB_TRACES`, or beside the project.
    static let folder: String? = {
        let places = [
            ProcessInfo.processInfo.environment["HUB_TRACES"], package + "/../shared/data/traces",
            package + "/../../shared/data/traces",
        ]
        return places.compactMap(\.self).first { FileManager.default.fileExists(atPath: $0 + "/INDEX.csv") }
    }()

    /// Metres, as the rules have it; written here again, so that another rule is noticed.
    private static let worstAccuracy = 500.0

    static let package = #filePath.components(separatedBy: "/Tests/")[0]

    static func paths() throws -> [String] {
        let folder = folder ?? ""
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".csv") && $0 != "INDEX.csv" }.sorted().map { folder + "/" + $0 }
    }

    /// A track's points as they stand in the file; what an ingestion would leave out as inaccurate is left out.
    static func points(_ path: String) throws -> [TrackPoint] {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline)
        return lines.dropFirst().compactMap { line in
            let columns = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard let time = Timestamp(rfc3339: columns[1]), let latitude = Double(columns[2]),
                let longitude = Double(columns[3]), (Double(columns[6]) ?? 0) <= worstAccuracy
            else { return nil }
            return TrackPoint(time: time, latitude: latitude, longitude: longitude)
        }
    }
}
