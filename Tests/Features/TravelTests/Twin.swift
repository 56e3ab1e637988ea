import Foundation
import HubTesting
import Travel
import Wire

/// What another program, `twin.py`, says of the recorded tracks.
enum Twin {
    /// Python with the packages that the program needs: `scripts/setup.sh` makes it.
    static let python = RecordedTracks.package + "/.build/tools/travel-twin/bin/python"

    /// Whether tracks are compared: where Python is ready, and always where `CI` is set, where it fails if it is not.
    static let isWanted =
        ProcessInfo.processInfo.environment["CI"] != nil || FileManager.default.isExecutableFile(atPath: python)

    /// By the tracks' names.
    ///
    /// - Parameter hasMap: Whether countries and regions are told.
    static func records(of tracks: [String], hasMap: Bool) throws -> [String: JSONValue] {
        let folder = RecordedTracks.package
        let map = [
            "--map", MapFiles.findMap() ?? "", "--codes", folder + "/Sources/Features/Travel/Tables/region_codes.csv",
        ]
        let arguments = ["-I", folder + "/Tests/Features/TravelTests/twin.py"] + (hasMap ? map : []) + tracks
        guard let bytes = SystemProgram.output(of: python, arguments), case .object(let members) = try JSONValue(bytes)
        else { throw Failure() }
        return Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
    }

    struct Failure: Error {}
}
