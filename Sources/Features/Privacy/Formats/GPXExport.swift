internal import Model
internal import Persistence
internal import Wire

/// The export as GPX 1.1: one track of one segment. What GPX has no element for stands in extensions of the hub's namespace.
struct GPXExport: ExportText {
    static let namespace = "urn:presence-hub:gpx:1"

    mutating func begin(_ subject: ExportSubject, to bytes: inout [UInt8]) {
        let name = GPXExport.escaped(subject.device.displayName)
        bytes.append(
            contentsOf: """
                <?xml version="1.0" encoding="UTF-8"?>
                <gpx version="1.1" creator="Presence Hub" xmlns="http://www.topografix.com/GPX/1/1" \
                xmlns:hub="\(GPXExport.namespace)" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
                xsi:schemaLocation="http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd">
                <metadata><name>\(name)</name><time>\(subject.exportedAt.rfc3339)</time></metadata>
                <trk><name>\(name)</name><src>\(subject.device.id)</src><trkseg>

                """.utf8)
    }

    mutating func append(_ location: DeviceExport.Location, to bytes: inout [UInt8]) {
        let fix = location.fix
        // The schema takes -180 and leaves 180 out; they are one meridian.
        let longitude = fix.longitude == 180 ? -180 : fix.longitude
        bytes.append(
            contentsOf: "<trkpt lat=\"\(DecimalText.text(fix.latitude))\" lon=\"\(DecimalText.text(longitude))\">".utf8)
        if let altitude = fix.altitude { GPXExport.add("ele", DecimalText.text(altitude), to: &bytes) }
        GPXExport.add("time", fix.capturedAt.rfc3339, to: &bytes)
        if let provider = fix.provider { GPXExport.add("src", GPXExport.escaped(provider), to: &bytes) }
        bytes.append(contentsOf: "<extensions>".utf8)
        GPXExport.add("hub:accuracy", DecimalText.text(fix.accuracy), to: &bytes)
        if let bearing = fix.bearing { GPXExport.add("hub:bearing", DecimalText.text(bearing), to: &bytes) }
        if let speed = fix.speed { GPXExport.add("hub:speed", DecimalText.text(speed), to: &bytes) }
        if let level = fix.batteryLevel { GPXExport.add("hub:batteryLevel", String(level), to: &bytes) }
        if let network = fix.networkType {
            GPXExport.add("hub:networkType", GPXExport.escaped(network), to: &bytes)
        }
        GPXExport.add("hub:receivedAt", location.receivedAt.rfc3339, to: &bytes)
        bytes.append(contentsOf: "</extensions></trkpt>\n".utf8)
    }

    mutating func end(to bytes: inout [UInt8]) { bytes.append(contentsOf: "</trkseg></trk></gpx>\n".utf8) }

    private static func add(_ element: String, _ text: String, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "<\(element)>\(text)</\(element)>".utf8)
    }

    /// Text for XML 1.0; what it cannot hold becomes U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            // A parser would make other white space of these.
            case "\r", "\n", "\t": result += "&#\(scalar.value);"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
