internal import Model

/// Reads the lines of OwnTracks Recorder: a time, a star and a message of JSON, with tabs between. Messages that are no
/// locations are passed over.
struct OwnTracksReader: FormatReader {
    private var lines = LineSplitter()
    /// Whether any line was of this kind.
    private var isKnown = false

    mutating func read(_ input: Span<UInt8>, into intake: inout PointIntake) throws(TrackFileError) {
        var lines = LineSplitter()
        swap(&lines, &self.lines)
        defer { swap(&lines, &self.lines) }
        try lines.read(input) { (line, start) throws(TrackFileError) in
            guard try take(line, start, into: &intake) else { throw .malformed(at: start) }
        }
    }

    /// A last line whose message has no end was cut off.
    mutating func finish(into intake: inout PointIntake) throws(TrackFileError) -> Bool {
        var isCut = false
        var lines = LineSplitter()
        swap(&lines, &self.lines)
        defer { swap(&lines, &self.lines) }
        try lines.finish { (line, start) throws(TrackFileError) in
            isCut = try !take(line, start, into: &intake, isLast: true)
        }
        return isCut
    }

    /// - Returns: Whether the line is whole.
    private func take(
        _ line: [UInt8], _ start: Int, into intake: inout PointIntake, isLast: Bool = false
    ) throws(TrackFileError) -> Bool {
        guard !line.isEmpty else { return true }
        guard let brace = line.firstIndex(of: UInt8(ascii: "{")) else { return isLast ? false : true }
        var tokenizer = JSONTokenizer()
        var message = OwnTracksMessage()
        do throws(TrackFileError) {
            try tokenizer.read(line.span.extracting(brace..<line.count), &message)
            guard try !tokenizer.finish(&message) else { return false }
        } catch {
            throw .malformed(at: start)
        }
        if message.isLocation { intake.take(message.draft) }
        return true
    }
}

/// One message (owntracks.org/booklet/tech/json).
private struct OwnTracksMessage: JSONSink {
    private enum Name { case type, time, latitude, longitude, accuracy, altitude, speed, other }

    private(set) var isLocation = false
    private(set) var draft = PointDraft()
    private var depth = 0
    private var name = Name.other

    mutating func beginObject() { depth += 1 }
    mutating func endObject() { depth -= 1 }
    mutating func beginArray() { depth += 1 }
    mutating func endArray() { depth -= 1 }
    mutating func literal() {}

    mutating func key(_ bytes: [UInt8]) {
        name = .other
        guard depth == 1 else { return }
        if bytes.equals("_type") { name = .type }
        if bytes.equals("tst") { name = .time }
        if bytes.equals("lat") { name = .latitude }
        if bytes.equals("lon") { name = .longitude }
        if bytes.equals("acc") { name = .accuracy }
        if bytes.equals("alt") { name = .altitude }
        if bytes.equals("vel") { name = .speed }
    }

    mutating func string(_ bytes: [UInt8]) {
        if case .type = name, depth == 1 { isLocation = bytes.equals("location") } else { number(bytes) }
    }

    mutating func number(_ bytes: [UInt8]) {
        guard depth == 1 else { return }
        switch name {
        case .time: draft.time = MomentText.moment(bytes[...])
        case .latitude: draft.latitude = DecimalText.number(bytes[...])
        case .longitude: draft.longitude = DecimalText.number(bytes[...])
        case .accuracy: draft.accuracy = DecimalText.number(bytes[...])
        case .altitude: draft.altitude = DecimalText.number(bytes[...])
        // Kilometres an hour.
        case .speed: draft.speed = DecimalText.number(bytes[...]).map { $0 / 3.6 }
        case .type, .other: break
        }
    }
}
