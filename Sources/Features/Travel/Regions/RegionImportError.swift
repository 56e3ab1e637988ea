package import GeoPackage

/// Why a map was not imported. Nothing is changed then.
package enum RegionImportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file cannot be read as a map.
    case map(GeoPackageError)
    /// It is a map, but not the one that the table of codes is for.
    case otherMap
    /// The files with names are not those of iso-codes.
    case names

    package var description: String {
        switch self {
        case .map(let error): error.description
        case .otherMap: "the map is not the one that the table of codes is for (see docs/travel.md)"
        case .names: "iso_3166-1.json or iso_3166-2.json is not as iso-codes has it"
        }
    }
}
