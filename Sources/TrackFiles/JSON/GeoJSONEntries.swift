internal import Model

/// Makes points of GeoJSON's features.
///
/// A feature is held until its end, since its times may come before or after its places. Times of a line are those of
/// `coordTimes`, `times` or `timestamps` among its properties, one for each position, which the common converters write.
struct GeoJSONEntries: Sendable {
    /// Positions of one feature that are held.
    static let longestFeature = 200_000

    private enum Context {
        case features
        case feature
        case geometry
        case coordinates
        case properties
        case lineProperties
        case times
        case other
    }

    private enum Name {
        case features
        case geometry
        case coordinates
        case properties
        case lineProperties
        case times
        case time
        case accuracy
        case altitude
        case speed
        case other
    }

    private struct Position {
        var longitude: Double?
        var latitude: Double?
        var altitude: Double?
    }

    /// The outermost object is a collection, or a feature by itself.
    private var contexts = [Context.feature]
    private var name = Name.other
    private var isCollection = false
    private var draft = PointDraft()
    private var positions: [Position] = []
    private var times: [Timestamp?] = []
    private var position = Position()
    /// Numbers of the position that is being read.
    private var numbers = 0

    /// Whether a member of that name tells that the file is GeoJSON.
    static func knows(_ name: [UInt8]) -> Bool {
        name.equals("features") || name.equals("geometry") || name.equals("type") || name.equals("properties")
    }

    mutating func key(_ bytes: [UInt8]) { name = GeoJSONEntries.name(bytes) }

    mutating func beginObject() {
        let context: Context
        switch (contexts.last, name) {
        case (.features, _):
            context = .feature
            beginFeature()
        case (.feature, .geometry): context = .geometry
        case (.feature, .properties): context = .properties
        case (.properties, .lineProperties): context = .lineProperties
        default: context = .other
        }
        contexts.append(context)
        name = .other
    }

    mutating func endObject(_ intake: inout PointIntake) {
        let ended = contexts.popLast()
        name = .other
        guard case .feature = ended, !(contexts.isEmpty && isCollection) else { return }
        endFeature(&intake)
    }

    mutating func beginArray() {
        let context: Context
        switch (contexts.last, name) {
        case (.feature, .features):
            context = .features
            isCollection = true
        case (.geometry, .coordinates), (.coordinates, _):
            context = .coordinates
            numbers = 0
        case (.properties, .times), (.lineProperties, .times), (.times, _): context = .times
        default: context = .other
        }
        contexts.append(context)
    }

    mutating func endArray() throws(TrackFileError) {
        let ended = contexts.popLast()
        if case .coordinates = ended, numbers > 0 {
            guard positions.count < GeoJSONEntries.longestFeature else { throw .tooLong(at: 0) }
            positions.append(position)
            numbers = 0
        }
        switch contexts.last {
        case .coordinates, .times: break
        default: name = .other
        }
    }

    mutating func value(_ bytes: [UInt8]) throws(TrackFileError) {
        switch contexts.last {
        case .coordinates:
            switch numbers {
            case 0: position = Position(longitude: DecimalText.number(bytes[...]))
            case 1: position.latitude = DecimalText.number(bytes[...])
            case 2: position.altitude = DecimalText.number(bytes[...])
            default: break
            }
            numbers += 1
        case .times: try append(MomentText.moment(bytes[...]))
        case .properties:
            switch name {
            case .time: draft.time = draft.time ?? MomentText.moment(bytes[...])
            case .accuracy: draft.accuracy = DecimalText.number(bytes[...])
            case .altitude: draft.altitude = DecimalText.number(bytes[...])
            case .speed: draft.speed = DecimalText.number(bytes[...])
            default: break
            }
        default: break
        }
    }

    mutating func literal() throws(TrackFileError) {
        // A position's time that is not known.
        if case .times = contexts.last { try append(nil) }
    }

    private mutating func append(_ time: Timestamp?) throws(TrackFileError) {
        guard times.count < GeoJSONEntries.longestFeature else { throw .tooLong(at: 0) }
        times.append(time)
    }

    private mutating func beginFeature() {
        draft = PointDraft()
        positions.removeAll(keepingCapacity: true)
        times.removeAll(keepingCapacity: true)
    }

    private mutating func endFeature(_ intake: inout PointIntake) {
        defer { beginFeature() }
        guard !positions.isEmpty else { return intake.skip(.place) }
        if times.isEmpty, positions.count == 1 {
            times = [draft.time]
        } else {
            draft.accuracy = nil
            draft.speed = nil
        }
        guard times.count == positions.count else { return intake.skip(.time, count: positions.count) }
        for (position, time) in zip(positions, times) {
            draft.latitude = position.latitude
            draft.longitude = position.longitude
            draft.time = time
            if positions.count > 1 || position.altitude != nil { draft.altitude = position.altitude }
            intake.take(draft)
        }
    }

    private static func name(_ bytes: [UInt8]) -> Name {
        switch bytes.count {
        case 3 where bytes.equals("acc"): .accuracy
        case 3 where bytes.equals("ele") || bytes.equals("alt"): .altitude
        case 4 where bytes.equals("time") || bytes.equals("date"): .time
        case 5 where bytes.equals("times"): .times
        case 5 where bytes.equals("speed"): .speed
        case 8 where bytes.equals("features"): .features
        case 8 where bytes.equals("geometry"): .geometry
        case 8 where bytes.equals("accuracy"): .accuracy
        case 8 where bytes.equals("altitude"): .altitude
        case 8 where bytes.equals("datetime"): .time
        case 9 where bytes.equals("timestamp"): .time
        case 9 where bytes.equals("elevation"): .altitude
        case 10 where bytes.equals("properties"): .properties
        case 10 where bytes.equals("coordTimes") || bytes.equals("timestamps"): .times
        case 10 where bytes.equals("capturedAt"): .time
        case 11 where bytes.equals("coordinates"): .coordinates
        case 20 where bytes.equals("coordinateProperties"): .lineProperties
        default: .other
        }
    }
}
