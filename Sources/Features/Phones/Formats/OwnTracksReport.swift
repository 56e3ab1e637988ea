internal import FeatureKit
internal import Model
internal import Wire

/// What OwnTracks posts in its HTTP mode: one message, or an array of them. Positions alone count; of the others, which tell
/// of regions, settings and the app itself, nothing is kept.
struct OwnTracksReport: Hashable, Sendable {
    /// Each with the index of its message, if there were several.
    private(set) var positions: [PhonePosition] = []
    private var indexes: [Int?] = []

    /// The most messages of one array; an app that was offline sends its queue one by one.
    static let mostMessages = 1_000

    /// - Throws: 400 for what is no message, for a position without place or time, and for an encrypted message; 413 for an
    ///   array of more than ``mostMessages``.
    init(_ body: [UInt8]) throws(Problem) {
        guard !body.isEmpty else { return }
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(body) } catch { throw Problem(Refusal(malformed: error)) }
        var errors: [FieldError] = []
        switch value {
        case .object: try take(value, at: nil, &errors)
        case .array(let messages):
            guard messages.count <= OwnTracksReport.mostMessages else {
                throw Problem(.payloadTooLarge, "An array has at most \(OwnTracksReport.mostMessages) messages")
            }
            for (index, message) in messages.enumerated() { try take(message, at: index, &errors) }
        default: throw Problem(.invalidFormat, "A JSON object is expected, or an array of them")
        }
        guard errors.isEmpty else { throw Problem(.validationError, "Validation failed", details: errors) }
    }

    /// What the app calls a member of a position's fix.
    func name(of member: String, at index: Int) -> String {
        OwnTracksReport.path(indexes[index]) + (OwnTracksReport.names[member] ?? member)
    }

    private static let names = ["timestamp": "tst", "latitude": "lat", "longitude": "lon", "accuracy": "acc"]

    private static func path(_ index: Int?) -> String { index.map { "[\($0)]." } ?? "" }

    private mutating func take(_ message: JSONValue, at index: Int?, _ errors: inout [FieldError]) throws(Problem) {
        let path = OwnTracksReport.path(index)
        guard case .object = message, let type = message["_type"]?.string else {
            errors.append(FieldError(field: path + "_type", message: "_type is required"))
            return
        }
        if type == "encrypted" {
            throw Problem(
                .validationError,
                "The hub cannot read encrypted messages: remove the app's encryption key and use HTTPS",
                details: [FieldError(field: path + "_type", message: "_type must not be encrypted")])
        }
        guard type == "location" else { return }
        func number(_ name: String) -> Double? { message[name]?.double }
        func required(_ name: String) -> Double? {
            if let value = number(name) { return value }
            errors.append(FieldError(field: path + name, message: "\(name) must be a number"))
            return nil
        }
        let (latitude, longitude, seconds) = (required("lat"), required("lon"), required("tst"))
        guard let latitude, let longitude, let seconds else { return }
        guard let capturedAt = Timestamp(seconds: seconds) else {
            errors.append(FieldError(field: path + "tst", message: "tst must be seconds since the epoch"))
            return
        }
        positions.append(
            PhonePosition(
                capturedAt: capturedAt, latitude: latitude, longitude: longitude, accuracy: number("acc"),
                altitude: number("alt"), bearing: number("cog"), speed: number("vel").map { $0 / 3.6 },
                battery: number("batt"), provider: message["source"]?.string,
                network: message["conn"]?.string.flatMap { OwnTracksReport.networks[$0] }))
        indexes.append(index)
    }

    /// What `conn` says.
    private static let networks = ["w": "wifi", "m": "mobile", "o": "offline"]
}

extension Timestamp {
    /// The moment so many seconds since the epoch; nothing for one that cannot be written.
    init?(seconds: Double) {
        guard let milliseconds = Int64(exactly: (seconds * 1000).rounded()) else { return nil }
        self.init(milliseconds: milliseconds)
        guard Timestamp.writable.contains(self) else { return nil }
    }
}
