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
        guard let format = accepted(by: fields.joined(separator: ",")) else {
            let types = allCases.map(\.mediaType).joined(separator: ", ")
            throw Problem(.notAcceptable, "The export is to be had as \(types)")
        }
        return format
    }

    /// The format that an `Accept` field (RFC 9110, section 12.5.1) weighs most, the earlier of equal ones; nothing if it
    /// takes none. Ranges that are malformed count for nothing.
    static func accepted(by field: String) -> ExportFormat? {
        let ranges = field.split(separator: ",").compactMap { MediaRange($0) }
        var best: (format: ExportFormat, weight: Int)?
        for format in allCases {
            guard let range = ranges.filter({ $0.covers(format.mediaType) }).max(by: { $0.precision < $1.precision }),
                range.weight > best?.weight ?? 0
            else { continue }
            best = (format, range.weight)
        }
        return best?.format
    }
}

/// One element of an `Accept` field.
private struct MediaRange {
    let type: String
    let subtype: String
    /// In thousandths.
    let weight: Int

    /// More is more precise.
    var precision: Int { type == "*" ? 0 : subtype == "*" ? 1 : 2 }

    init?(_ text: Substring) {
        let parts = text.split(separator: ";").map { $0.trimmed.lowercased() }
        guard let names = parts.first?.split(separator: "/", omittingEmptySubsequences: false), names.count == 2,
            !names[0].isEmpty, !names[1].isEmpty, names[0] != "*" || names[1] == "*"
        else { return nil }
        (type, subtype) = (String(names[0]), String(names[1]))
        guard let weight = parts.dropFirst().first(where: { $0.hasPrefix("q=") }) else {
            self.weight = 1000
            return
        }
        guard let value = MediaRange.thousandths(weight.dropFirst(2)) else { return nil }
        self.weight = value
    }

    func covers(_ mediaType: String) -> Bool {
        let names = mediaType.split(separator: "/")
        return type == "*" || type == names[0] && (subtype == "*" || subtype == names[1])
    }

    /// `0`, `0.5`, `1.000`: at most three decimals, at most 1.
    private static func thousandths(_ text: Substring) -> Int? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts[0] == "0" || parts[0] == "1" else { return nil }
        let decimals = parts.count == 2 ? parts[1] : ""
        guard decimals.utf8.count <= 3, decimals.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        let fraction = Int(decimals + String(repeating: "0", count: 3 - decimals.utf8.count)) ?? 0
        let value = (parts[0] == "1" ? 1000 : 0) + fraction
        return value <= 1000 ? value : nil
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var rest = drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest
    }
}
