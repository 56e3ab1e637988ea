internal import Model
internal import Persistence

/// Writes an export in one format, piece by piece: what comes before the locations, each of them, what comes after.
protocol ExportText: Sendable {
    mutating func begin(_ subject: ExportSubject, to bytes: inout [UInt8])
    mutating func append(_ location: DeviceExport.Location, to bytes: inout [UInt8])
    mutating func end(to bytes: inout [UInt8])
}

/// What an export says of its device.
struct ExportSubject: Sendable {
    var device: Device
    var pushToken: String?
    /// The newest first.
    var audit: [StoredAuditEntry]
    var exportedAt: Timestamp

    init(device: Device, pushToken: String?, audit: [StoredAuditEntry], exportedAt: Timestamp) {
        self.device = device
        self.pushToken = pushToken
        self.audit = audit
        self.exportedAt = exportedAt
    }

    init(_ export: DeviceExport, at now: Timestamp) {
        self.init(device: export.device, pushToken: export.pushToken, audit: export.audit, exportedAt: now)
    }
}

/// Numbers in formats that take no exponent, as `xsd:decimal` does not.
enum DecimalText {
    /// The shortest digits that read back as the same `Double`, without an exponent.
    ///
    /// - Precondition: It is finite.
    static func text(_ value: Double) -> String {
        precondition(value.isFinite, "only a finite number is stored")
        let text = "\(value)"
        guard let mark = text.firstIndex(of: "e") else { return text.hasSuffix(".0") ? String(text.dropLast(2)) : text }
        let sign = value < 0 ? "-" : ""
        let mantissa = text[..<mark].drop { $0 == "-" }
        let parts = mantissa.split(separator: ".")
        let fraction = parts.count == 2 && parts[1] != "0" ? parts[1] : ""
        let digits = parts[0] + fraction
        let exponent = Int(text[text.index(after: mark)...]) ?? 0
        // Where the point stands, counted from the first digit.
        let point = parts[0].count + exponent
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if point >= digits.count { return sign + digits + String(repeating: "0", count: point - digits.count) }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }
}
