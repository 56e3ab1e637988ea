import Model

/// Reads tracks of delimited text; its first line names the columns, in any order.
struct CSVTrackReader {
    private enum Column: String, CaseIterable {
        case timestamp, latitude, longitude, accuracy, altitude, bearing, speed, provider, battery, network, device

        /// What headers call it, in lower case without spaces, hyphens, underscores and units in brackets.
        var names: [String] {
            switch self {
            case .timestamp: ["timestamp", "time", "datetime", "date", "capturedat", "t"]
            case .latitude: ["latitude", "lat", "y"]
            case .longitude: ["longitude", "lon", "lng", "long", "x"]
            case .accuracy: ["accuracy", "horizontalaccuracy", "hacc"]
            case .altitude: ["altitude", "ele", "elevation", "alt"]
            case .bearing: ["bearing", "course", "heading"]
            case .speed: ["speed"]
            case .provider: ["provider"]
            case .battery: ["batterylevel", "battery"]
            case .network: ["networktype", "network"]
            case .device: ["device", "deviceid"]
            }
        }
    }

    /// Metres, for points that have none of their own.
    let accuracy: Double

    func points(_ bytes: [UInt8]) throws(TrackFault) -> [TrackPoint] {
        var records = CSVRecords(bytes)
        guard let header = records.next() else { throw records.fault ?? .noPoints }
        let columns = try columns(header.fields)
        var points: [TrackPoint] = []
        var devices: Set<String> = []
        while let record = records.next() {
            points.append(TrackPoint(line: record.line, fix: try fix(record, columns)))
            if let device = value(.device, record, columns) { devices.insert(device) }
        }
        if let fault = records.fault { throw fault }
        if devices.count > 1 { throw .manyDevices(devices.count) }
        return points
    }

    private func columns(_ header: [String]) throws(TrackFault) -> [Column: Int] {
        var columns: [Column: Int] = [:]
        for (index, title) in header.enumerated() {
            let unit = title.firstIndex(where: { $0 == "(" || $0 == "[" }) ?? title.endIndex
            let name = title[..<unit].lowercased().filter { $0.isLetter || $0.isNumber }
            for column in Column.allCases where column.names.contains(name) && columns[column] == nil {
                columns[column] = index
            }
        }
        let missing = [Column.timestamp, .latitude, .longitude].filter { columns[$0] == nil }
        guard missing.isEmpty else { throw .missingColumns(missing.map(\.rawValue)) }
        return columns
    }

    private func fix(_ record: CSVRecords.Record, _ columns: [Column: Int]) throws(TrackFault) -> Fix {
        guard let latitude = try number(.latitude, record, columns),
            let longitude = try number(.longitude, record, columns),
            let time = value(.timestamp, record, columns)
        else { throw .badPoint(record.line, "the time, the latitude or the longitude is missing") }
        guard let capturedAt = TimeText.timestamp(time) else {
            throw .badPoint(record.line, "'\(PlainText.line(time))' is not a time")
        }
        return Fix(
            capturedAt: capturedAt, latitude: latitude, longitude: longitude,
            accuracy: try number(.accuracy, record, columns) ?? accuracy,
            altitude: try number(.altitude, record, columns), bearing: try number(.bearing, record, columns),
            speed: try number(.speed, record, columns), provider: value(.provider, record, columns),
            batteryLevel: try number(.battery, record, columns).flatMap { Int(exactly: $0.rounded()) },
            networkType: value(.network, record, columns))
    }

    private func value(_ column: Column, _ record: CSVRecords.Record, _ columns: [Column: Int]) -> String? {
        guard let index = columns[column], index < record.fields.count else { return nil }
        let text = record.fields[index].drop { $0 == " " }
        guard let end = text.lastIndex(where: { $0 != " " }) else { return nil }
        return String(text[...end])
    }

    private func number(
        _ column: Column, _ record: CSVRecords.Record, _ columns: [Column: Int]
    ) throws(TrackFault) -> Double? {
        guard let text = value(column, record, columns) else { return nil }
        guard let value = Double(text), value.isFinite else {
            throw .badPoint(record.line, "\(column.rawValue) '\(PlainText.line(text))' is not a number")
        }
        return value
    }
}
