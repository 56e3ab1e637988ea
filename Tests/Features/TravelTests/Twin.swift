import Foundation
import Travel
import Wire

/// What another program, `twin.py`, says of the recorded tracks.
enum Twin {
    /// Python with the packages that the program needs: `scripts/setup.sh` makes it.
    static let python = RecordedTracks.package + "/.build/tools/travel-twin/bin/python"

    /// Whether the comparison is made: wherever everything for it is here, and always where `CI` is set, where it fails if
    /// something is missing.
    static let isWanted =
        ProcessInfo.processInfo.environment["CI"] != nil
        || RecordedTracks.folder != nil && MapFiles.findMap() != nil
            && FileManager.default.isExecutableFile(atPath: python)

    /// By the tracks' names.
    static func records() throws -> [String: JSONValue] {
        let program = Process()
        program.executableURL = URL(filePath: python)
        let folder = RecordedTracks.package
        program.arguments =
            [
                "-I", folder + "/Tests/Features/TravelTests/twin.py", "--map", MapFiles.findMap() ?? "", "--codes",
                folder + "/Sources/Features/Travel/Tables/region_codes.csv",
            ] + (try RecordedTracks.paths())
        let output = Pipe()
        program.standardOutput = output
        try program.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        program.waitUntilExit()
        guard program.terminationStatus == 0, case .object(let members) = try JSONValue(Array(bytes)) else {
            throw Failure()
        }
        return Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
    }

    struct Failure: Error {}
}
