/// Why a file could not be read as a GeoPackage.
package enum GeoPackageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such file, or it may not be read, or it is none.
    case unreadable
    /// It has more bytes than a map could need.
    case tooLarge(bytes: Int)
    /// Something else: an archive, text, another database.
    case otherFormat
    /// It was one, before it was cut off or overwritten.
    case damaged
    /// It has no such layer, or the layer lacks a column.
    case missing(layer: String)
    /// A feature's geometry cannot be read.
    case geometry(feature: Int, GeometryFault)

    package var description: String {
        switch self {
        case .unreadable: "the file cannot be read"
        case .tooLarge(let bytes): "the file has \(bytes) bytes, which is too much for a map"
        case .otherFormat: "the file is no GeoPackage"
        case .damaged: "the file is damaged or not whole"
        case .missing(let layer): "the file has no layer \(layer), or the layer lacks a column"
        case .geometry(let feature, let fault): "the geometry of feature \(feature) cannot be read (\(fault))"
        }
    }
}
