internal import FeatureKit
internal import Journeys
internal import Model
internal import Wire

/// Reads the members of one object of an ingestion, and gathers all that is wrong with them. `null` is the same as absent,
/// and a member that nobody asks for is ignored.
struct IngestMembers {
    struct Location: Hashable {
        var point: TrackPoint
        var accuracy: Double?
    }

    /// The first moment that a location may be of: 1900-01-01T00:00:00Z. What is earlier is a mistake of a clock.
    static let earliest = Timestamp(milliseconds: -2_208_988_800_000)

    private let object: JSONValue
    private(set) var details: [SkippedLocation.Detail] = []
    private var wrongCells = 0

    init(_ object: JSONValue) { self.object = object }

    /// What all of it comes to.
    var reason: SkippedLocation.Reason { wrongCells == details.count ? .h3Mismatch : .validationError }

    /// - Throws: If anything is wrong.
    func finish() throws(Problem) {
        guard !details.isEmpty else { return }
        let fields = details.map { FieldError(field: $0.field, message: $0.message) }
        guard reason == .h3Mismatch else { throw Problem(.validationError, "Validation failed", details: fields) }
        throw Problem(.h3Mismatch, "The cell is not the location's", details: fields)
    }

    /// - Parameters:
    ///   - now: The hub's time.
    ///   - defaultTime: The location's time if it says none; it has to if nothing.
    mutating func location(at now: Timestamp, defaultTime: Timestamp?, _ limits: IngestLimits) -> Location? {
        let time = time(at: now, defaultTime: defaultTime, limits)
        let latitude = number("latitude", "Latitude", -90...90)
        let longitude = number("longitude", "Longitude", -180...180)
        let accuracy = accuracy()
        let cell = text("h3Res8")
        if let cell, let latitude, let longitude, let place = Coordinate(latitude: latitude, longitude: longitude),
            let complaint = CellClaim.complaint(of: cell, at: place)
        {
            complain("h3Res8", complaint)
            wrongCells += 1
        }
        guard details.isEmpty, let time, let latitude, let longitude else { return nil }
        return Location(
            point: TrackPoint(time: time, latitude: latitude, longitude: longitude), accuracy: accuracy)
    }

    /// The items of a batch, unread.
    mutating func locations(_ limits: IngestLimits) -> [JSONValue] {
        guard let value = present("locations") else {
            complain("locations", "Locations is required")
            return []
        }
        guard let items = value.array, (1...limits.locationsPerBatch).contains(items.count) else {
            complain("locations", "Locations must hold 1 to \(limits.locationsPerBatch) items")
            return []
        }
        return items
    }

    mutating func device(_ limits: IngestLimits) -> DeviceLabels {
        let uuid = uniqueID("deviceUuid")
        let id = uniqueID("deviceId")
        if let uuid, let id, uuid != id { complain("deviceId", "deviceId and deviceUuid must be the same") }
        return DeviceLabels(
            name: line("deviceName", limits.deviceNameLength), platform: line("platform", limits.platformLength),
            uuid: uuid ?? id)
    }

    private mutating func time(
        at now: Timestamp, defaultTime: Timestamp?, _ limits: IngestLimits
    ) -> Timestamp? {
        guard let value = present("timestamp") else {
            if defaultTime == nil { complain("timestamp", "Timestamp is required") }
            return defaultTime
        }
        let moment: Timestamp? =
            if let text = value.string {
                Timestamp(rfc3339: text)
            } else {
                value.integer.map { Timestamp(milliseconds: $0) }.flatMap {
                    Timestamp.writable.contains($0) ? $0 : nil
                }
            }
        guard let moment else {
            complain("timestamp", "Timestamp must be an RFC 3339 time or whole milliseconds since the epoch")
            return nil
        }
        guard moment >= IngestMembers.earliest else {
            complain("timestamp", "Timestamp must not be before 1900")
            return nil
        }
        guard moment <= now.advanced(by: limits.clockSkew) else {
            complain("timestamp", "Timestamp must not be in the future")
            return nil
        }
        return moment
    }

    private mutating func number(_ name: String, _ label: String, _ range: ClosedRange<Double>) -> Double? {
        guard let value = present(name) else {
            complain(name, "\(label) is required")
            return nil
        }
        guard let number = value.double else {
            complain(name, "\(label) must be a number")
            return nil
        }
        guard range.contains(number) else {
            complain(name, "\(label) must be between \(Int(range.lowerBound)) and \(Int(range.upperBound))")
            return nil
        }
        return number
    }

    private mutating func accuracy() -> Double? {
        guard let value = present("accuracy") else { return nil }
        guard let number = value.double, number >= 0 else {
            complain("accuracy", "Accuracy must be a number of metres, 0 or more")
            return nil
        }
        return number
    }

    private mutating func text(_ name: String) -> String? {
        guard let value = present(name) else { return nil }
        guard let text = value.string else {
            complain(name, "\(name) must be a string")
            return nil
        }
        return text
    }

    /// Text of one line: no control characters.
    private mutating func line(_ name: String, _ lengths: ClosedRange<Int>) -> String? {
        guard let text = text(name) else { return nil }
        guard !text.hasControlCharacters else {
            complain(name, "\(name) must not contain control characters")
            return nil
        }
        guard lengths.contains(text.unicodeScalars.count) else {
            complain(name, "\(name) must be between \(lengths.lowerBound) and \(lengths.upperBound) characters")
            return nil
        }
        return text
    }

    private mutating func uniqueID(_ name: String) -> UniqueID? {
        guard let text = text(name) else { return nil }
        guard let id = UniqueID(text) else {
            complain(name, "\(name) must be a UUID")
            return nil
        }
        return id
    }

    private func present(_ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    private mutating func complain(_ name: String, _ sentence: String) {
        details.append(SkippedLocation.Detail(field: name, message: sentence))
    }
}
