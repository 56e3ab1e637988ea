internal import Model

/// Reads tables (RFC 4180, and with semicolons or tabs for its commas). The first line names the columns; those that are not
/// known are passed over. A quoted field holds no line end.
struct CSVReader: FormatReader {
    private enum Column {
        case latitude
        case longitude
        case time
        case date
        case accuracy
        case altitude
        case speed
        case other
    }

    private var lines = LineSplitter()
    private var columns: [Column] = []
    private var separator = UInt8(ascii: ",")
    private var field: [UInt8] = []

    mutating func read(_ input: Span<UInt8>, into intake: inout PointIntake) throws(TrackFileError) {
        var lines = LineSplitter()
        swap(&lines, &self.lines)
        defer { swap(&lines, &self.lines) }
        try lines.read(input) { (line, start) throws(TrackFileError) in
            _ = try take(line, start, into: &intake)
        }
    }

    /// A last line that has no end was cut off if it has fewer columns than there are names, and may have been if its last
    /// column counts: half a number would be another place.
    mutating func finish(into intake: inout PointIntake) throws(TrackFileError) -> Bool {
        var isCut = false
        var lines = LineSplitter()
        swap(&lines, &self.lines)
        defer { swap(&lines, &self.lines) }
        try lines.finish { (line, start) throws(TrackFileError) in
            isCut = try !take(line, start, into: &intake, isLast: true)
        }
        guard !columns.isEmpty else { throw .missingColumns }
        return isCut
    }

    /// - Returns: Whether the line is whole.
    private mutating func take(
        _ line: [UInt8], _ start: Int, into intake: inout PointIntake, isLast: Bool = false
    ) throws(TrackFileError) -> Bool {
        guard !line.isEmpty else { return true }
        guard !columns.isEmpty else {
            try readNames(line)
            return true
        }
        var draft = PointDraft()
        var time: [UInt8]?
        var date: [UInt8]?
        var index = 0
        let count = CSVReader.forEachField(line, separator, &field) { [columns] field in
            defer { index += 1 }
            guard index < columns.count, !field.isEmpty else { return }
            switch columns[index] {
            case .latitude: draft.latitude = DecimalText.number(field[...])
            case .longitude: draft.longitude = DecimalText.number(field[...])
            case .date: date = field
            case .time: time = field
            case .accuracy: draft.accuracy = DecimalText.number(field[...])
            case .altitude: draft.altitude = DecimalText.number(field[...])
            case .speed: draft.speed = DecimalText.number(field[...])
            case .other: break
            }
        }
        if isLast, count < columns.count || columns.last.map(CSVReader.counts) ?? false { return false }
        draft.time = CSVReader.moment(time, date)
        intake.take(draft)
        return true
    }

    private static func counts(_ column: Column) -> Bool {
        switch column {
        case .latitude, .longitude, .time, .date: true
        case .accuracy, .altitude, .speed, .other: false
        }
    }

    /// A time of day may stand in a column beside its date's.
    private static func moment(_ time: [UInt8]?, _ date: [UInt8]?) -> Timestamp? {
        guard let date else { return time.flatMap { MomentText.moment($0[...]) } }
        guard let time else { return MomentText.moment(date[...]) }
        return MomentText.moment(time[...]) ?? MomentText.moment((date + [UInt8(ascii: "T")] + time)[...])
    }

    private mutating func readNames(_ line: [UInt8]) throws(TrackFileError) {
        let separators = [UInt8(ascii: ","), UInt8(ascii: ";"), 9]
        var counts = [0, 0, 0]
        for index in line.indices {
            if let place = separators.firstIndex(of: line[index]) { counts[place] += 1 }
        }
        separator = separators[counts.indices.max { counts[$0] < counts[$1] } ?? 0]
        var names: [Column] = []
        _ = CSVReader.forEachField(line, separator, &field) { field in
            let name = String(decoding: DecimalText.trimmed(field[...]), as: UTF8.self).lowercased()
            let column = CSVReader.column(name)
            // The first of a kind counts.
            names.append(names.contains { $0 == column } ? .other : column)
        }
        guard names.contains(where: { $0 == .latitude }), names.contains(where: { $0 == .longitude }),
            names.contains(where: { $0 == .time || $0 == .date })
        else { throw .missingColumns }
        columns = names
    }

    private static func column(_ name: String) -> Column {
        switch name {
        case "lat", "latitude", "latitude_deg", "y": .latitude
        case "lon", "lng", "long", "longitude", "longitude_deg", "x": .longitude
        case "time", "timestamp", "datetime", "date_time", "date time", "ts", "capturedat", "captured_at",
            "recorded_at",
            "utc", "tst", "epoch", "unix":
            .time
        case "date": .date
        case "accuracy", "acc", "hacc", "horizontal_accuracy", "accuracy_m": .accuracy
        case "altitude", "alt", "ele", "elevation", "altitude_m": .altitude
        case "speed", "speed_mps", "speed_m_s", "speed (m/s)": .speed
        default: .other
        }
    }

    /// - Parameter field: Room for a field.
    /// - Returns: How many fields there are.
    private static func forEachField(
        _ line: [UInt8], _ separator: UInt8, _ field: inout [UInt8], _ body: ([UInt8]) -> Void
    ) -> Int {
        field.removeAll(keepingCapacity: true)
        var (index, count) = (0, 1)
        var isQuoted = false
        while index < line.count {
            let byte = line[index]
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    field.append(byte)
                } else if index + 1 < line.count, line[index + 1] == UInt8(ascii: "\"") {
                    field.append(byte)
                    index += 1
                } else {
                    isQuoted = false
                }
            } else if byte == separator {
                body(field)
                field.removeAll(keepingCapacity: true)
                count += 1
            } else if byte == UInt8(ascii: "\""), field.isEmpty {
                isQuoted = true
            } else {
                field.append(byte)
            }
            index += 1
        }
        body(field)
        return count
    }
}
