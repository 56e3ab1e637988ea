import Earth
import Foundation
import Travel

/// The map that the set-up fetches, read once for all tests.
enum RealMap {
    static let path = MapFiles.findMap()

    static let names = Result { try MapFiles.readNames() }

    static let map = Result { try RegionImport.read(map: path ?? "", names: names.get()) }

    /// As a hub has it: from bytes.
    static let index = Result { RegionIndex(try RegionMap(try map.get().bytes)) }

    /// The folder of recorded tracks, if there is one: `HUB_TRACES`, or beside the project.
    static let traces: String? = {
        let package = #filePath.components(separatedBy: "/Tests/")[0]
        let places = [
            ProcessInfo.processInfo.environment["HUB_TRACES"], package + "/../shared/data/traces",
            package + "/../../shared/data/traces",
        ]
        return places.compactMap(\.self).first { FileManager.default.fileExists(atPath: $0 + "/INDEX.csv") }
    }()
}
