internal import Glibc
internal import Model

/// Reads GPX. Way points and the points of routes count if they have a time.
final class GPXReader: FormatReader, @unchecked Sendable {
    private let entries = GPXEntries()
    private let tokenizer: XMLTokenizer

    init() { tokenizer = XMLTokenizer(entries) }

    func read(_ input: Span<UInt8>, into intake: inout PointIntake) throws(TrackFileError) {
        swap(&entries.intake, &intake)
        defer { swap(&entries.intake, &intake) }
        try tokenizer.read(input)
        if entries.isOther { throw .unknownFormat }
    }

    func finish(into intake: inout PointIntake) throws(TrackFileError) -> Bool {
        swap(&entries.intake, &intake)
        defer { swap(&entries.intake, &intake) }
        let nothing: [UInt8] = []
        let isCut = try tokenizer.read(nothing.span, isLast: true)
        if entries.isOther || !entries.hasRoot { throw .unknownFormat }
        return isCut
    }
}

/// Makes points of GPX's elements.
private final class GPXEntries: XMLSink {
    private enum Field {
        case none
        case time
        case altitude
        case speed
    }

    var intake = PointIntake(rules: PointRules(latest: Timestamp(milliseconds: 0)))
    private(set) var hasRoot = false
    /// Whether the outermost element is not GPX's.
    private(set) var isOther = false
    private var isInPoint = false
    private var draft = PointDraft()
    private var field = Field.none
    private var text: [UInt8] = []

    func begin(_ name: UnsafePointer<CChar>, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>) {
        if !hasRoot {
            hasRoot = true
            isOther = unsafe strcmp(name, "gpx") != 0
        }
        text.removeAll(keepingCapacity: true)
        guard isInPoint else {
            if unsafe GPXEntries.isPoint(name) {
                isInPoint = true
                unsafe readPlace(attributes)
            }
            return
        }
        if unsafe strcmp(name, "time") == 0 {
            field = .time
        } else if unsafe strcmp(name, "ele") == 0 {
            field = .altitude
        } else if unsafe strcmp(name, "speed") == 0 {
            field = .speed
        } else {
            field = .none
        }
    }

    func end(_ name: UnsafePointer<CChar>) {
        guard isInPoint else { return }
        switch field {
        case .time: draft.time = draft.time ?? MomentText.moment(text[...])
        case .altitude: draft.altitude = DecimalText.number(text[...])
        case .speed: draft.speed = DecimalText.number(text[...])
        case .none: break
        }
        field = .none
        guard unsafe GPXEntries.isPoint(name) else { return }
        isInPoint = false
        if !isOther { intake.take(draft) }
    }

    func text(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard isInPoint, field != .none, text.count + bytes.count <= 128 else { return }
        unsafe text.append(contentsOf: bytes)
    }

    private func readPlace(_ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>) {
        draft = PointDraft()
        var index = 0
        while let name = unsafe attributes[index], let value = unsafe attributes[index + 1] {
            if unsafe strcmp(name, "lat") == 0 { draft.latitude = unsafe GPXEntries.number(value) }
            if unsafe strcmp(name, "lon") == 0 { draft.longitude = unsafe GPXEntries.number(value) }
            index += 2
        }
    }

    private static func number(_ text: UnsafePointer<CChar>) -> Double? {
        let length = unsafe strnlen(text, 128)
        return unsafe text.withMemoryRebound(to: UInt8.self, capacity: length) { bytes in
            DecimalText.number(unsafe Array(UnsafeBufferPointer(start: bytes, count: length))[...])
        }
    }

    private static func isPoint(_ name: UnsafePointer<CChar>) -> Bool {
        unsafe strcmp(name, "trkpt") == 0 || strcmp(name, "rtept") == 0 || strcmp(name, "wpt") == 0
    }
}
