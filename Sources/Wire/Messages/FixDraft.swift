import Model

/// A fix while its members are read, in whatever order they come.
struct FixDraft {
    private var timestamp: Member<Timestamp> = .absent
    private var latitude: Member<Double> = .absent
    private var longitude: Member<Double> = .absent
    private var accuracy: Member<Double> = .absent
    private var altitude: Member<Double> = .absent
    private var bearing: Member<Double> = .absent
    private var speed: Member<Double> = .absent
    private var provider: Member<String> = .absent
    private var batteryLevel: Member<Int> = .absent
    private var networkType: Member<String> = .absent

    init() {}

    /// Reads the value that is next if it is a fix's member of that name.
    mutating func take(_ name: JSONText, from fields: inout FieldReader) throws(JSONError) -> Bool {
        guard let member = FixMember(name, in: fields.json) else { return false }
        switch member {
        case .timestamp: timestamp = try fields.timestamp(FixFields.timestamp)
        case .latitude: latitude = try fields.number(FixFields.latitude)
        case .longitude: longitude = try fields.number(FixFields.longitude)
        case .accuracy: accuracy = try fields.number(FixFields.accuracy)
        case .altitude: altitude = try fields.number(FixFields.altitude)
        case .bearing: bearing = try fields.number(FixFields.bearing)
        case .speed: speed = try fields.number(FixFields.speed)
        case .provider: provider = try fields.line(FixFields.provider)
        case .batteryLevel: batteryLevel = try fields.wholeNumber(FixFields.batteryLevel)
        case .networkType: networkType = try fields.line(FixFields.networkType)
        }
        return true
    }

    /// The fix, if every member is what `rules` ask for; otherwise notes each that is not, in the order of the members.
    ///
    /// - Parameter rules: Without them only the presence and the types of the members are checked.
    func fix(rules: FixRules?, at now: Timestamp, in fields: inout FieldReader, errorsBefore: Int) -> Fix? {
        let required = requiredMembers(in: &fields)
        // A member that was refused stands aside for one no rule objects to, so that the others are judged too.
        let fix = Fix(
            capturedAt: timestamp.value ?? now, latitude: latitude.value ?? 0, longitude: longitude.value ?? 0,
            accuracy: accuracy.value ?? 0, altitude: altitude.value, bearing: bearing.value, speed: speed.value,
            provider: provider.value, batteryLevel: batteryLevel.value, networkType: networkType.value)
        let violations = rules?.violations(of: fix, at: now) ?? []
        guard !required || !violations.isEmpty || fields.errors.count > errorsBefore else { return fix }
        let prefix = fields.path.prefix
        fields.errors += violations.map { FieldError(field: prefix + $0.field, message: $0.message) }
        let ordered = FixFields.ordered(fields.errors[errorsBefore...], prefix: prefix)
        fields.errors.replaceSubrange(errorsBefore..., with: ordered)
        return nil
    }

    /// Whether every required member has a value; notes those that are missing.
    private func requiredMembers(in fields: inout FieldReader) -> Bool {
        var isWhole = fields.require(timestamp, FixFields.timestamp) != nil
        isWhole = fields.require(latitude, FixFields.latitude) != nil && isWhole
        isWhole = fields.require(longitude, FixFields.longitude) != nil && isWhole
        return fields.require(accuracy, FixFields.accuracy) != nil && isWhole
    }
}
