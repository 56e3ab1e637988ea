import Foundation

/// Finds and reads the files of tracks.
enum TrackFile {
    /// Bytes; a day of fixes a second is about 10 MB.
    static let largest = 256 << 20

    /// - Parameter accuracy: Metres, for points that have none of their own.
    /// - Throws: ``ExitCode/badData`` with the file's name, the line and what is wrong there.
    static func read(_ path: String, accuracy: Double) throws(CommandFailure) -> Track {
        do {
            return try parse(try bytes(path), source: name(path), accuracy: accuracy)
        } catch {
            throw .badData("\(path): \(error.message)")
        }
    }

    /// The kind is told by the content: XML is GPX, everything else CSV.
    static func parse(_ bytes: [UInt8], source: String, accuracy: Double) throws(TrackFault) -> Track {
        let start = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        guard let first = bytes[start...].first(where: { ![9, 10, 13, 32].contains($0) }) else { throw .noPoints }
        if bytes.contains(0) { throw .unknownKind }
        let points =
            first == UInt8(ascii: "<")
            ? try GPXTrackReader(accuracy: accuracy).points(bytes)
            : try CSVTrackReader(accuracy: accuracy).points(bytes)
        return try Track(source: source, points: points)
    }

    /// The `.gpx` and `.csv` files of a folder, by name; `INDEX.csv` describes others and is left out.
    static func paths(in folder: String) throws(CommandFailure) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw .badData("\(folder): cannot be listed as a folder")
        }
        let tracks = names.filter { name in
            let lower = name.lowercased()
            return (lower.hasSuffix(".gpx") || lower.hasSuffix(".csv")) && lower != "index.csv"
        }
        guard !tracks.isEmpty else { throw .badData("\(folder): holds no .gpx or .csv file") }
        return tracks.sorted().map { folder.hasSuffix("/") ? folder + $0 : "\(folder)/\($0)" }
    }

    static func name(_ path: String) -> String { (path as NSString).lastPathComponent }

    private static func bytes(_ path: String) throws(TrackFault) -> [UInt8] {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .unreadable("no such file")
        }
        if isFolder.boolValue { throw .unreadable("is a folder") }
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? 0
        if size > largest { throw .tooLarge(limit: largest) }
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable("cannot be read") }
        return Array(data)
    }
}
