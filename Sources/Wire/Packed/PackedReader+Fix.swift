import Model

extension PackedReader {
    /// The fix that is next, and what is wrong with its values; a value that was refused stands aside for one that no
    /// rule objects to, so that the others are judged too.
    ///
    /// - Parameters:
    ///   - reference: What its differences count from; without one they are malformed.
    ///   - now: Stands in for a time that cannot be.
    mutating func fix(after reference: PackedReference?, at now: Timestamp) throws(PackedError) -> PackedFix {
        let start = position
        let flags = PackedFlags(rawValue: try byte())
        guard reference != nil || flags.placeForm >= 2 else { throw PackedError(.nothingToCountFrom, at: start) }
        var errors: [FieldError] = []
        let capturedAt = try time(flags, after: reference)
        if capturedAt == nil {
            errors.refuse(FixFields.timestamp, "must be an RFC 3339 time or whole milliseconds since the epoch")
        }
        let (latitude, longitude) = try place(flags, after: reference)
        var fix = Fix(
            capturedAt: capturedAt ?? now, latitude: errors.finite(latitude, FixFields.latitude) ?? 0,
            longitude: errors.finite(longitude, FixFields.longitude) ?? 0,
            accuracy: errors.finite(try measure(), FixFields.accuracy) ?? 0)
        if flags.contains(.altitude) {
            fix.altitude = errors.finite(try measure(isSigned: true), FixFields.altitude)
        }
        if flags.contains(.bearing) { fix.bearing = errors.finite(try measure(), FixFields.bearing) }
        if flags.contains(.speed) { fix.speed = errors.finite(try measure(), FixFields.speed) }
        if flags.contains(.provider) { fix.provider = errors.line(try label(), FixFields.provider) }
        if flags.contains(.batteryLevel) { fix.batteryLevel = Int(try number()) }
        if flags.contains(.networkType) { fix.networkType = errors.line(try label(), FixFields.networkType) }
        return PackedFix(fix: fix, errors: errors)
    }

    /// Nothing for a time outside the years that can be written.
    private mutating func time(_ flags: PackedFlags, after reference: PackedReference?) throws(PackedError)
        -> Timestamp?
    {
        var milliseconds: Int64
        if flags.placeForm < 2, let reference {
            let start = position
            let written = try number()
            let elapsed = written >> 1
            guard elapsed <= PackedLimits.longestElapsed else { throw PackedError(.numberTooLarge, at: start) }
            milliseconds = reference.time + (written & 1 == 0 ? elapsed * 1000 : elapsed)
        } else {
            milliseconds = try signedNumber()
        }
        let moment = Timestamp(milliseconds: milliseconds)
        return Timestamp.writable.contains(moment) ? moment : nil
    }

    /// In degrees.
    private mutating func place(
        _ flags: PackedFlags, after reference: PackedReference?
    ) throws(PackedError) -> (latitude: Double, longitude: Double) {
        if flags.placeForm == PackedPlace.rawForm {
            let latitude = Double(bitPattern: try word(8))
            return (latitude, Double(bitPattern: try word(8)))
        }
        let width = Int(flags.placeForm) + 2
        var latitude = try signedWord(width)
        var longitude = try signedWord(width)
        if width < 4, let reference {
            latitude += Int64(reference.latitude)
            longitude += Int64(reference.longitude)
        }
        return (PackedReference.degrees(latitude), PackedReference.degrees(longitude))
    }

    private mutating func measure(isSigned: Bool = false) throws(PackedError) -> Double {
        let start = position
        let written = try number()
        let count = isSigned ? PackedReader.signed(written >> 2) : written >> 2
        switch written & 3 {
        case 0: return Double(count)
        case 1: return Double(count) / 10
        case 2: return Double(count) / 100
        default:
            switch written >> 2 {
            case 0: return Double(bitPattern: try word(8))
            case 1: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: try word(4))))
            default: throw PackedError(.unknownForm, at: start)
            }
        }
    }

    private mutating func label() throws(PackedError) -> String {
        let start = position
        let written = try number()
        guard written & 1 == 1 else { return try text(bytes: written >> 1) }
        guard written >> 1 < Int64(PackedLabel.known.count) else { throw PackedError(.unknownForm, at: start) }
        return PackedLabel.known[Int(written >> 1)]
    }
}

extension [FieldError] {
    fileprivate mutating func refuse(_ field: Field, _ predicate: String) {
        append(FieldError(field: "\(field.name)", message: "\(field.label) \(predicate)"))
    }

    fileprivate mutating func finite(_ value: Double, _ field: Field) -> Double? {
        if value.isFinite { return value }
        refuse(field, "must be a finite number")
        return nil
    }

    fileprivate mutating func line(_ label: String, _ field: Field) -> String? {
        if !label.hasControlCharacters { return label }
        refuse(field, "must not contain control characters")
        return nil
    }
}
