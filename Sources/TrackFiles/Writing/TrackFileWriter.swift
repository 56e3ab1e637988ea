internal import Model

/// Writes points as a file, a part at a time. Reading it gives the same points.
package struct TrackFileWriter: Sendable {
    /// The formats that are written.
    package enum Format: String, Hashable, Sendable, CaseIterable {
        /// GPX 1.1; a pause of more than half an hour begins another segment.
        case gpx
        /// A collection of points with their time.
        case geojson
        case csv

        package var mediaType: String {
            switch self {
            case .gpx: "application/gpx+xml"
            case .geojson: "application/geo+json"
            case .csv: "text/csv"
            }
        }
    }

    /// Milliseconds without a point after which a track's segment ends.
    private static let longestPause: Int64 = 30 * 60 * 1000

    private let format: Format
    private var last: Timestamp?

    package init(_ format: Format) { self.format = format }

    package func begin(to bytes: inout [UInt8]) {
        switch format {
        case .gpx:
            bytes +=
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <gpx version="1.1" creator="Presence Hub" xmlns="http://www.topografix.com/GPX/1/1"><trk>

                """.utf8
        case .geojson: bytes += "{\"type\":\"FeatureCollection\",\"features\":[".utf8
        case .csv: bytes += "time,latitude,longitude,accuracy,altitude,speed\n".utf8
        }
    }

    /// Adds a point that is later than the last.
    package mutating func append(_ point: TrackFilePoint, to bytes: inout [UInt8]) {
        defer { last = point.time }
        let (latitude, longitude) = (point.coordinate.latitude, point.coordinate.longitude)
        switch format {
        case .gpx:
            if let last {
                if point.time.milliseconds - last.milliseconds > TrackFileWriter.longestPause {
                    bytes += "</trkseg><trkseg>\n".utf8
                }
            } else {
                bytes += "<trkseg>\n".utf8
            }
            bytes += "<trkpt lat=\"".utf8
            bytes.append(number: latitude)
            bytes += "\" lon=\"".utf8
            bytes.append(number: longitude)
            bytes += "\">".utf8
            if let altitude = point.altitude {
                bytes += "<ele>".utf8
                bytes.append(number: altitude)
                bytes += "</ele>".utf8
            }
            bytes += "<time>".utf8
            bytes.append(moment: point.time)
            bytes += "</time></trkpt>\n".utf8
        case .geojson:
            bytes += (last == nil ? "\n" : ",\n").utf8
            bytes += "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[".utf8
            bytes.append(number: longitude)
            bytes += ",".utf8
            bytes.append(number: latitude)
            if let altitude = point.altitude {
                bytes += ",".utf8
                bytes.append(number: altitude)
            }
            bytes += "]},\"properties\":{\"time\":\"".utf8
            bytes.append(moment: point.time)
            bytes += "\"".utf8
            for (name, value) in [("accuracy", point.accuracy), ("speed", point.speed)] {
                guard let value else { continue }
                bytes += ",\"\(name)\":".utf8
                bytes.append(number: value)
            }
            bytes += "}}".utf8
        case .csv:
            bytes.append(moment: point.time)
            for value in [latitude, longitude, point.accuracy, point.altitude, point.speed] {
                bytes += ",".utf8
                if let value { bytes.append(number: value) }
            }
            bytes += "\n".utf8
        }
    }

    package func end(to bytes: inout [UInt8]) {
        switch format {
        case .gpx: bytes += (last == nil ? "</trk></gpx>\n" : "</trkseg></trk></gpx>\n").utf8
        case .geojson: bytes += "\n]}\n".utf8
        case .csv: break
        }
    }
}
