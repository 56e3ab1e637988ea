import Model

/// What packed messages are made of, straight to the end of an array.
extension [UInt8] {
    mutating func append(packed value: UInt64) {
        append(upTo: 10) { $0.append(packed: value) }
    }

    mutating func append(packedSigned value: Int64) {
        append(upTo: 10) { $0.append(packedSigned: value) }
    }

    /// 0 for none, else one more than the number: an `id` or a `re`, at most 2⁵³ − 1.
    mutating func append(packedID id: Int64?) {
        append(packed: id.map { UInt64($0) + 1 } ?? 0)
    }

    /// Its length in bytes, and its UTF-8.
    mutating func append(packedText text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(packed: UInt64(utf8.count))
            unsafe append(contentsOf: utf8)
        }
    }

    /// An even number is the length of the text that follows, doubled; an odd one a label that has a number.
    mutating func append(packedLabel label: String) {
        if let number = PackedLabel.number(of: label) {
            append(packed: UInt64(number) << 1 | 1)
        } else {
            var label = label
            label.withUTF8 { utf8 in
                append(packed: UInt64(utf8.count) << 1)
                unsafe append(contentsOf: utf8)
            }
        }
    }

    /// Its 16 bytes in the order of RFC 9562.
    mutating func append(packedID id: UniqueID) {
        append(upTo: 16) { output in
            output.append(id.high.byteSwapped, bytes: 8)
            output.append(id.low.byteSwapped, bytes: 8)
        }
    }

    mutating func append(_ reference: PackedReference) {
        append(upTo: 18) { output in
            output.append(packedSigned: reference.time)
            output.append(reference.latitude)
            output.append(reference.longitude)
        }
    }

    /// The presence as the others are shown it.
    ///
    /// - Parameter flags: Further bits of the first byte.
    mutating func append(_ presence: Presence, flags: UInt8 = 0) {
        let noteFlag = presence.note == nil ? 0 : PackedStatus.hasNote
        append(PackedStatus.code(of: presence.status) | noteFlag | flags)
        if let note = presence.note { append(packedText: note) }
        append(packedSigned: presence.lastSeenAt.written.milliseconds)
    }

    /// A fix; `place` has been worked out from it and `reference`.
    mutating func append(_ fix: Fix, at place: PackedPlace, after reference: PackedReference?) {
        // Flags, time, place, four measures.
        append(upTo: 1 + 10 + 16 + 4 * 9) { output in
            output.append(PackedFlags(of: fix, at: place).rawValue)
            let time = fix.capturedAt.written.milliseconds
            if place.isDifference, let reference {
                let elapsed = time - reference.time
                let isWhole = elapsed % 1000 == 0
                output.append(packed: UInt64(isWhole ? elapsed / 1000 : elapsed) << 1 | (isWhole ? 0 : 1))
            } else {
                output.append(packedSigned: time)
            }
            output.append(place)
            output.append(measure: fix.accuracy)
            if let altitude = fix.altitude { output.append(measure: altitude, isSigned: true) }
            if let bearing = fix.bearing { output.append(measure: bearing) }
            if let speed = fix.speed { output.append(measure: speed) }
        }
        if let provider = fix.provider { append(packedLabel: provider) }
        if let batteryLevel = fix.batteryLevel { append(packed: UInt64(clamping: batteryLevel)) }
        if let networkType = fix.networkType { append(packedLabel: networkType) }
    }

    /// A fix in its shortest form.
    mutating func append(_ fix: Fix, after reference: PackedReference?) {
        append(fix, at: PackedPlace(of: fix, after: reference), after: reference)
    }
}

extension PackedFlags {
    fileprivate init(of fix: Fix, at place: PackedPlace) {
        var flags = PackedFlags(rawValue: place.form)
        if fix.altitude != nil { flags.insert(.altitude) }
        if fix.bearing != nil { flags.insert(.bearing) }
        if fix.speed != nil { flags.insert(.speed) }
        if fix.provider != nil { flags.insert(.provider) }
        if fix.batteryLevel != nil { flags.insert(.batteryLevel) }
        if fix.networkType != nil { flags.insert(.networkType) }
        self = flags
    }
}

extension ByteCursor {
    fileprivate mutating func append(_ place: PackedPlace) {
        switch place {
        case .near(let latitude, let longitude):
            append(Int32(latitude), bytes: 2)
            append(Int32(longitude), bytes: 2)
        case .far(let latitude, let longitude):
            append(latitude, bytes: 3)
            append(longitude, bytes: 3)
        case .whole(let latitude, let longitude):
            append(latitude)
            append(longitude)
        case .raw(let latitude, let longitude):
            append(latitude.bitPattern, bytes: 8)
            append(longitude.bitPattern, bytes: 8)
        }
    }
}
