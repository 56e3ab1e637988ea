internal import Glibc

/// Where the files of an import are, on a machine that was set up.
package enum MapFiles {
    /// Where `scripts/fetch-map.sh` puts them, and the image has them.
    private static let own = "/usr/local/share/presence-hub"
    /// Where Debian's packages have them.
    private static let debian = (map: "/usr/share/qgis/resources/data", names: "/usr/share/iso-codes/json")
    /// Bytes of a file with names; the larger one has 0.5 MB.
    private static let longestNames = 16 << 20

    /// The map, if it is where it should be.
    package static func findMap() -> String? {
        [own, debian.map].map { "\($0)/world_map.gpkg" }.first { unsafe access($0, R_OK) == 0 }
    }

    /// Names out of a folder; of that which Debian or the set-up made, if none is given; none at all if there is none.
    ///
    /// - Throws: ``RegionImportError/names`` if the folder that is given lacks them, or they are damaged.
    package static func readNames(in folder: String? = nil) throws(RegionImportError) -> RegionNames {
        let found = folder ?? [own, debian.names].first { unsafe access("\($0)/iso_3166-2.json", R_OK) == 0 }
        guard let found else { return RegionNames() }
        return try RegionNames(
            countries: read("\(found)/iso_3166-1.json"), regions: read("\(found)/iso_3166-2.json"))
    }

    private static func read(_ path: String) throws(RegionImportError) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .names }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= longestNames
        else { throw .names }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(file, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            guard count > 0 else { throw .names }
            filled += count
        }
        return bytes
    }
}
