internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

/// What OsmAnd and Traccar Client send: a position in the query, in a form, or, from newer Traccar Clients, as JSON.
struct OsmAndReport: Sendable {
    /// None if the app says that it has none.
    private(set) var position: PhonePosition?

    /// The query that OsmAnd is to be given, behind the token.
    static let template =
        "lat={0}&lon={1}&timestamp={2}&accuracy={3}&altitude={4}&speed={5}&bearing={6}&speedUnit=mps"

    /// - Parameters:
    ///   - body: A form, JSON, or nothing.
    ///   - agent: `User-Agent`, by which OsmAnd is told from others, who mean other units.
    /// - Throws: 400 for what cannot be read, and for a position without a place.
    init(query: Query, body: [UInt8], agent: String?, at now: Timestamp) throws(Problem) {
        if let first = body.first(where: { !OsmAndReport.isSpace($0) }), first == UInt8(ascii: "{") {
            try self.init(json: body)
            return
        }
        guard let form = String(validating: body, as: UTF8.self) else {
            throw Problem(.invalidFormat, "The form is not UTF-8")
        }
        var parameters: [String: String] = [:]
        for query in [query, Query(form)] {
            guard query.raw.utf8.split(separator: UInt8(ascii: "&")).count == query.items.count else {
                throw Problem(.invalidFormat, "The form's escapes are malformed")
            }
            // The first of a name counts, as everywhere.
            parameters.merge(query.items.map { ($0.name, $0.value) }) { first, _ in first }
        }
        try self.init(parameters, isOsmAnd: agent?.hasPrefix("OsmAnd") ?? false, at: now)
    }

    /// Whatever may be the token, of a report that need not be right otherwise.
    static func credentials(query: Query, body: [UInt8]) -> [String] {
        if let value = try? JSONValue(body) { return ["device_id", "id"].compactMap { value[$0]?.string } }
        let form = String(validating: body, as: UTF8.self).map { Query($0) }
        return [query, form].compactMap(\.self).flatMap { query in
            ["key", "id", "deviceid", "token"].compactMap { name in query.items.first { $0.name == name }?.value }
        }
    }

    /// What the apps call a member of a position's fix.
    static func name(of member: String) -> String { names[member] ?? member }

    private static let names = ["latitude": "lat", "longitude": "lon"]

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    // MARK: Query and form

    private init(_ parameters: [String: String], isOsmAnd: Bool, at now: Timestamp) throws(Problem) {
        if let valid = parameters["valid"], ["false", "0"].contains(valid) { return }
        func number(_ names: String...) -> Double? {
            for name in names { if let text = parameters[name] { return Double(decimal: text) } }
            return nil
        }
        let pair = parameters["location"]?.split(separator: ",", omittingEmptySubsequences: false) ?? []
        let isPair = pair.count == 2
        let latitude = isPair ? Double(decimal: pair[0]) : number("lat", "latitude")
        let longitude = isPair ? Double(decimal: pair[1]) : number("lon", "longitude", "lng")
        var errors: [FieldError] = []
        if latitude == nil { errors.append(FieldError(field: "lat", message: "lat must be a number of degrees")) }
        if longitude == nil { errors.append(FieldError(field: "lon", message: "lon must be a number of degrees")) }
        let capturedAt = parameters["timestamp"].map { OsmAndReport.moment($0) } ?? now
        if capturedAt == nil {
            errors.append(
                FieldError(field: "timestamp", message: "timestamp must be a time (since the epoch, or ISO 8601)"))
        }
        guard let latitude, let longitude, let capturedAt else {
            throw Problem(.validationError, "Validation failed", details: errors)
        }
        let unit = parameters["speedUnit"].map { $0 == "mps" } ?? isOsmAnd
        position = PhonePosition(
            capturedAt: capturedAt, latitude: latitude, longitude: longitude,
            accuracy: number("accuracy") ?? number("hdop").map { isOsmAnd ? $0 : $0 * OsmAndReport.metresOfDilution },
            altitude: number("altitude"), bearing: number("bearing", "heading"),
            speed: number("speed").map { unit ? $0 : $0 * OsmAndReport.metresPerSecondOfKnot },
            battery: number("batt"))
    }

    /// One knot.
    private static let metresPerSecondOfKnot = 1852.0 / 3600
    /// What a receiver's error is taken to be at a dilution of precision of 1. OsmAnd itself sends its accuracy as `hdop`.
    private static let metresOfDilution = 5.0

    /// Seconds or milliseconds since the epoch, or ISO 8601.
    private static func moment(_ text: String) -> Timestamp? {
        if let number = Double(decimal: text) {
            // Milliseconds since 2001 are more than any seconds that matter.
            return Timestamp(seconds: abs(number) < 1e11 ? number : number / 1000)
        }
        // In a query a plus that was not escaped is a space, and without a T it is Traccar's way to write a time.
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return Timestamp(rfc3339: text) }
        return Timestamp(rfc3339: parts[0].contains("T") ? "\(parts[0])+\(parts[1])" : "\(parts[0])T\(parts[1])Z")
    }

    // MARK: JSON

    private init(json body: [UInt8]) throws(Problem) {
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(body) } catch { throw Problem(Refusal(malformed: error)) }
        guard let location = value["location"], case .object = location else {
            throw Problem(
                .validationError, "Validation failed",
                details: [FieldError(field: "location", message: "location is required")])
        }
        let coordinates = location["coords"] ?? .null
        func number(_ name: String) -> Double? { coordinates[name]?.double }
        let capturedAt = location["timestamp"].flatMap { time in
            time.string.flatMap(OsmAndReport.moment) ?? time.double.flatMap { OsmAndReport.moment("\($0)") }
        }
        var errors: [FieldError] = []
        for name in ["latitude", "longitude"] where number(name) == nil {
            errors.append(FieldError(field: "location.coords.\(name)", message: "\(name) must be a number of degrees"))
        }
        if capturedAt == nil {
            errors.append(FieldError(field: "location.timestamp", message: "timestamp must be a time (ISO 8601)"))
        }
        guard let latitude = number("latitude"), let longitude = number("longitude"), let capturedAt else {
            throw Problem(.validationError, "Validation failed", details: errors)
        }
        position = PhonePosition(
            capturedAt: capturedAt, latitude: latitude, longitude: longitude, accuracy: number("accuracy"),
            altitude: number("altitude"), bearing: number("heading"), speed: number("speed"),
            battery: location["battery"]?["level"]?.double.flatMap { $0 < 0 ? nil : $0 * 100 })
    }
}

extension Double {
    /// A number in decimal digits, as every app writes it: without spaces, infinities and hexadecimal digits.
    init?(decimal text: some StringProtocol) {
        guard text.utf8.count <= 40,
            text.utf8.allSatisfy({
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+-.eE".utf8.contains($0)
            }), let value = Double(text), value.isFinite
        else { return nil }
        self = value
    }
}
