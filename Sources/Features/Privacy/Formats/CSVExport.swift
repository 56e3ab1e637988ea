internal import Model
internal import Persistence
internal import Wire

/// The export as CSV (RFC 4180), the columns of which `hubctl stream --track` reads. Texts that a spreadsheet would take for
/// a formula begin with an apostrophe.
struct CSVExport: ExportText {
    private var device = ""

    static let header = """
        timestamp,latitude,longitude,accuracy,altitude,bearing,speed,provider,batteryLevel,networkType,receivedAt,deviceId
        """

    mutating func begin(_ subject: ExportSubject, to bytes: inout [UInt8]) {
        device = subject.device.id.description
        bytes.append(contentsOf: (CSVExport.header + "\r\n").utf8)
    }

    mutating func append(_ location: DeviceExport.Location, to bytes: inout [UInt8]) {
        let fix = location.fix
        let fields = [
            fix.capturedAt.rfc3339, DecimalText.text(fix.latitude), DecimalText.text(fix.longitude),
            DecimalText.text(fix.accuracy), fix.altitude.map(DecimalText.text) ?? "",
            fix.bearing.map(DecimalText.text) ?? "", fix.speed.map(DecimalText.text) ?? "",
            fix.provider.map(CSVExport.field) ?? "", fix.batteryLevel.map { String($0) } ?? "",
            fix.networkType.map(CSVExport.field) ?? "", location.receivedAt.rfc3339, device,
        ]
        for (index, field) in fields.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: field.utf8)
        }
        bytes.append(contentsOf: "\r\n".utf8)
    }

    mutating func end(to bytes: inout [UInt8]) {}

    /// A text as a field.
    static func field(_ text: String) -> String {
        var text = text
        if let first = text.unicodeScalars.first, "=+-@\t\r\n".unicodeScalars.contains(first) { text = "'" + text }
        let needsQuotes = text.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\r" || $0 == "\n" }
        return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}
