import Foundation
import Model
import Wire

/// The fixes of one CSV file, in the order of their times.
struct RecordedTrack {
    let fixes: [Fix]

    /// The tracks in a folder, by the names of their files. The header names the columns: `timestamp`, `lat`, `lon`, and
    /// where they are known `ele`, `speed` and `accuracy`.
    static func all(in folder: String) throws -> [RecordedTrack] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter { $0.hasSuffix(".csv") }
            .map { RecordedTrack(try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)) }
            .filter { !$0.fixes.isEmpty }
    }

    private init(_ text: String) {
        var lines = text.split(whereSeparator: \.isNewline)
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }.makeIterator()
        let header = lines.next() ?? []
        var fixes: [Fix] = []
        while let line = lines.next() {
            func value(_ name: String) -> String? {
                header.firstIndex(of: name).flatMap { $0 < line.count ? line[$0] : nil }
            }
            guard let time = value("timestamp").flatMap({ Timestamp(rfc3339: $0) }),
                let latitude = value("lat").flatMap(Double.init), let longitude = value("lon").flatMap(Double.init)
            else { continue }
            fixes.append(
                Fix(
                    capturedAt: time, latitude: latitude, longitude: longitude,
                    accuracy: value("accuracy").flatMap(Double.init) ?? 10,
                    altitude: value("ele").flatMap(Double.init), speed: value("speed").flatMap(Double.init)))
        }
        self.fixes = fixes
    }
}
