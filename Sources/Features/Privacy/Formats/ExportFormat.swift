internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

/// What an export can be written in. The first is what who does not say gets.
enum ExportFormat: String, CaseIterable, Sendable {
    case json
    /// RFC 7946.
    case geojson
    /// GPX 1.1.
    case gpx
    /// RFC 4180.
    case csv

    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .geojson: "application/geo+json"
        case .gpx: "application/gpx+xml"
        case .csv: "text/csv"
        }
    }

    var contentType: ContentType {
        switch self {
        case .json: .json
        case .geojson: ContentType("application/geo+json")
        case .gpx: ContentType("application/gpx+xml; charset=utf-8")
        case .csv: ContentType("text/csv; charset=utf-8; header=present")
        }
    }

    func makeText() -> any ExportText {
        switch self {
        case .json: JSONExport()
        case .geojson: GeoJSONExport()
        case .gpx: GPXExport()
        case .csv: CSVExport()
        }
    }

    /// What a request asks for: by `?format=`, or else by `Accept`.
    static func chosen(by request: RouteRequest) throws(Problem) -> ExportFormat {
        if let name = request.query["format"] {
            if let format = ExportFormat(rawValue: name) { return format }
            let names = allCases.map(\.rawValue).joined(separator: ", ")
            let detail = FieldError(field: "format", message: "format must be one of \(names)")
            throw Problem(.validationError, "Validation failed", details: [detail])
        }
        let fields = request.headers.values(of: "Accept")
        guard !fields.isEmpty else { return .json }
        guard let format = accepted(by: AcceptedTypes(fields)) else {
            let types = allCases.map(\.mediaType).joined(separator: ", ")
            throw Problem(.notAcceptable, "The export is to be had as \(types)")
        }
        return format
    }

    /// The format that a client wants most, the earlier of equal ones; nothing if it takes none.
    static func accepted(by types: AcceptedTypes) -> ExportFormat? {
        var best: (format: ExportFormat, quality: Int)?
        for format in allCases {
            let quality = types.quality(of: format.mediaType, parameters: ["charset": "utf-8"])
            if quality > best?.quality ?? 0 { best = (format, quality) }
        }
        return best?.format
    }
}
