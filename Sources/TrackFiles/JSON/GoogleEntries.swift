internal import Model

/// Makes points of Google's Timeline: of `locations` (Takeout's `Records.json`), of `semanticSegments` and `rawSignals` (an
/// Android phone's export), and of an array of segments (an iPhone's).
///
/// A segment is held until its end, since its points may be told by minutes from its beginning. Of a visit the place
/// counts at its beginning and at its end.
struct GoogleEntries: Sendable {
    /// Points of one segment that are held; what comes after them is passed over as without a place.
    static let longestSegment = 100_000

    private enum Context {
        case root
        case locations
        case location
        case segments
        case segment
        case path
        case pathPoint
        case visit
        case candidate
        case place
        case signals
        case signal
        case position
        case other
    }

    private enum Name {
        case locations, latitudeE7, longitudeE7, time, accuracy, altitude, speed
        case segments, start, end, path, point, minutes, visit, candidate, place, latLng
        case signals, position, other
    }

    private struct PathPoint {
        var latitude: Double?
        var longitude: Double?
        var time: Timestamp?
        var minutes: Double?
    }

    private var contexts: [Context]
    private var name = Name.other
    private var draft = PointDraft()
    private var start: Timestamp?
    private var end: Timestamp?
    private var visited: (latitude: Double, longitude: Double)?
    private var path: [PathPoint] = []
    private var point = PathPoint()

    init(inArray: Bool) { contexts = [inArray ? .segments : .root] }

    /// Whether a member of that name tells that the file is Google's.
    static func knows(_ name: [UInt8]) -> Bool {
        name.equals("locations") || name.equals("semanticSegments") || name.equals("rawSignals")
    }

    mutating func key(_ bytes: [UInt8]) { name = GoogleEntries.name(bytes) }

    mutating func beginObject() {
        let context: Context
        switch (contexts.last, name) {
        case (.locations, _):
            context = .location
            draft = PointDraft()
        case (.segments, _):
            context = .segment
            (start, end, visited) = (nil, nil, nil)
            path.removeAll(keepingCapacity: true)
        case (.path, _):
            context = .pathPoint
            point = PathPoint()
        case (.segment, .visit): context = .visit
        case (.visit, .candidate): context = .candidate
        case (.candidate, .place): context = .place
        case (.signals, _): context = .signal
        case (.signal, .position):
            context = .position
            draft = PointDraft()
        default: context = .other
        }
        contexts.append(context)
        name = .other
    }

    mutating func endObject(_ intake: inout PointIntake) {
        switch contexts.popLast() {
        case .location, .position: intake.take(draft)
        case .pathPoint:
            if path.count < GoogleEntries.longestSegment { path.append(point) } else { intake.skip(.place) }
        case .segment: endSegment(&intake)
        default: break
        }
        name = .other
    }

    mutating func beginArray() {
        let context: Context
        switch (contexts.last, name) {
        case (.root, .locations): context = .locations
        case (.root, .segments): context = .segments
        case (.root, .signals): context = .signals
        case (.segment, .path): context = .path
        default: context = .other
        }
        contexts.append(context)
        name = .other
    }

    mutating func endArray() {
        contexts.removeLast()
        name = .other
    }

    mutating func value(_ bytes: [UInt8]) {
        switch contexts.last {
        case .location: location(bytes)
        case .position:
            switch name {
            case .latLng: (draft.latitude, draft.longitude) = split(bytes)
            case .time: draft.time = MomentText.moment(bytes[...])
            case .accuracy: draft.accuracy = DecimalText.number(bytes[...])
            case .altitude: draft.altitude = DecimalText.number(bytes[...])
            case .speed: draft.speed = DecimalText.number(bytes[...])
            default: break
            }
        case .segment:
            if case .start = name { start = MomentText.moment(bytes[...]) }
            if case .end = name { end = MomentText.moment(bytes[...]) }
        case .pathPoint:
            switch name {
            case .point: (point.latitude, point.longitude) = split(bytes)
            case .time: point.time = MomentText.moment(bytes[...])
            case .minutes: point.minutes = DecimalText.number(bytes[...])
            default: break
            }
        case .candidate where name == .place, .place where name == .latLng:
            if case (let latitude?, let longitude?) = split(bytes) { visited = (latitude, longitude) }
        default: break
        }
    }

    private mutating func location(_ bytes: [UInt8]) {
        switch name {
        case .latitudeE7: draft.latitude = DecimalText.number(bytes[...]).map { $0 / 1e7 }
        case .longitudeE7: draft.longitude = DecimalText.number(bytes[...]).map { $0 / 1e7 }
        case .time: draft.time = draft.time ?? MomentText.moment(bytes[...])
        case .accuracy: draft.accuracy = DecimalText.number(bytes[...])
        case .altitude: draft.altitude = DecimalText.number(bytes[...])
        case .speed: draft.speed = DecimalText.number(bytes[...])
        default: break
        }
    }

    private mutating func endSegment(_ intake: inout PointIntake) {
        if let visited {
            for time in [start, end] {
                intake.take(PointDraft(latitude: visited.latitude, longitude: visited.longitude, time: time))
            }
        }
        for point in path {
            let told = start.flatMap { start in
                // Beyond a century it says nothing.
                point.minutes.flatMap {
                    abs($0) < 5e7 ? start.advanced(by: .milliseconds(Int64(($0 * 60_000).rounded()))) : nil
                }
            }
            intake.take(
                PointDraft(latitude: point.latitude, longitude: point.longitude, time: point.time ?? told))
        }
    }

    /// The two numbers of `48.1°, 11.5°` and of `geo:48.1,11.5`.
    private func split(_ bytes: [UInt8]) -> (Double?, Double?) {
        var text = bytes[...]
        if bytes.count > 4, Array(bytes[..<4]).equals("geo:") { text = text.dropFirst(4) }
        guard let comma = text.firstIndex(of: UInt8(ascii: ",")) else { return (nil, nil) }
        func number(_ part: ArraySlice<UInt8>) -> Double? {
            var part = DecimalText.trimmed(part)
            if part.suffix(2).elementsEqual([0xC2, 0xB0]) { part = part.dropLast(2) }
            return DecimalText.number(part)
        }
        return (number(text[..<comma]), number(text[(comma + 1)...]))
    }

    private static func name(_ bytes: [UInt8]) -> Name {
        switch bytes.count {
        case 4 where bytes.equals("time"): .time
        case 5 where bytes.equals("point"): .point
        case 5 where bytes.equals("visit"): .visit
        case 6 where bytes.equals("latLng") || bytes.equals("LatLng"): .latLng
        case 7 where bytes.equals("endTime"): .end
        case 8 where bytes.equals("accuracy"): .accuracy
        case 8 where bytes.equals("altitude"): .altitude
        case 8 where bytes.equals("velocity"): .speed
        case 8 where bytes.equals("position"): .position
        case 9 where bytes.equals("locations"): .locations
        case 9 where bytes.equals("timestamp"): .time
        case 9 where bytes.equals("startTime"): .start
        case 10 where bytes.equals("latitudeE7"): .latitudeE7
        case 10 where bytes.equals("rawSignals"): .signals
        case 11 where bytes.equals("longitudeE7"): .longitudeE7
        case 11 where bytes.equals("timestampMs"): .time
        case 12 where bytes.equals("timelinePath"): .path
        case 12 where bytes.equals("topCandidate"): .candidate
        case 13 where bytes.equals("placeLocation"): .place
        case 14 where bytes.equals("accuracyMeters"): .accuracy
        case 14 where bytes.equals("altitudeMeters"): .altitude
        case 16 where bytes.equals("semanticSegments"): .segments
        case 20 where bytes.equals("speedMetersPerSecond"): .speed
        case 34 where bytes.equals("durationMinutesOffsetFromStartTime"): .minutes
        default: .other
        }
    }
}
