import Foundation
import Model
import Wire

/// One recorded track that is replayed.
struct Trace: Sendable {
    let path: String
    let points: Int
    /// Where it ends, as degrees.
    let last: (latitude: Double, longitude: Double)

    var name: String { String(path.split(separator: "/").last ?? "") }

    /// The folder of real tracks, if there is one: `HUB_TRACES`, or beside the project.
    static var folder: String? {
        let places = [
            ProcessInfo.processInfo.environment["HUB_TRACES"], TestFiles.package + "../shared/data/traces",
            TestFiles.package + "../../shared/data/traces",
        ]
        return places.compactMap(\.self).first { FileManager.default.fileExists(atPath: $0 + "/INDEX.csv") }
    }

    static func all() throws -> [Trace] {
        guard let folder else { throw Unexpected(what: "there are no tracks") }
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".csv") && $0 != "INDEX.csv" }.sorted()
            .map { try Trace(path: folder + "/" + $0) }
    }

    private init(path: String) throws {
        let lines = TestFiles.text(path).split(whereSeparator: \.isNewline)
        guard let header = lines.first?.split(separator: ",", omittingEmptySubsequences: false),
            let latitude = header.firstIndex(of: "lat"), let longitude = header.firstIndex(of: "lon"),
            let time = header.firstIndex(of: "timestamp")
        else { throw Unexpected(what: "\(path) is no track") }
        // A device is in one place at a time: of points of the same time the first counts.
        var times: Set<Timestamp> = []
        var newest: (time: Timestamp, latitude: Double, longitude: Double)?
        for line in lines.dropFirst() {
            let columns = line.split(separator: ",", omittingEmptySubsequences: false)
            guard let moment = Timestamp(rfc3339: String(columns[time])), let north = Double(columns[latitude]),
                let east = Double(columns[longitude])
            else { throw Unexpected(what: "\(path) has a line that is no point") }
            guard times.insert(moment).inserted else { continue }
            if newest.map({ $0.time < moment }) ?? true { newest = (moment, north, east) }
        }
        guard let newest else { throw Unexpected(what: "\(path) is empty") }
        self.path = path
        points = times.count
        last = (newest.latitude, newest.longitude)
    }
}
