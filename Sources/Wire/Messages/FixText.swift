import Model

/// A fix as text: what is written most often, so all its members go into room that is made once.
enum FixText {
    /// The braces, and the member that says whose it is.
    static let deviceRoom = 64
    /// Names, quotes and commas of all members.
    private static let names = 160

    /// The most bytes that the members are written with.
    @inline(__always)
    static func room(for fix: Fix) -> Int {
        // Beside the text and the moment there are seven numbers.
        names + RFC3339.length + 7 * JSONRoom.number
            + JSONRoom.text(ofBytes: fix.provider?.utf8.count ?? 0)
            + JSONRoom.text(ofBytes: fix.networkType?.utf8.count ?? 0)
    }
}

extension ByteCursor {
    /// The members of a fix, those it has, with commas between them.
    mutating func append(membersOf fix: borrowing Fix) {
        append(literal: "\"timestamp\":\"")
        append(timestamp: fix.capturedAt)
        append(literal: "\",\"latitude\":")
        append(jsonNumber: fix.latitude)
        append(literal: ",\"longitude\":")
        append(jsonNumber: fix.longitude)
        append(literal: ",\"accuracy\":")
        append(jsonNumber: fix.accuracy)
        if let altitude = fix.altitude {
            append(literal: ",\"altitude\":")
            append(jsonNumber: altitude)
        }
        if let bearing = fix.bearing {
            append(literal: ",\"bearing\":")
            append(jsonNumber: bearing)
        }
        if let speed = fix.speed {
            append(literal: ",\"speed\":")
            append(jsonNumber: speed)
        }
        if var provider = fix.provider {
            append(literal: ",\"provider\":")
            provider.withUTF8 { unsafe append(jsonString: $0) }
        }
        if let batteryLevel = fix.batteryLevel {
            append(literal: ",\"batteryLevel\":")
            append(integer: Int64(batteryLevel))
        }
        if var networkType = fix.networkType {
            append(literal: ",\"networkType\":")
            networkType.withUTF8 { unsafe append(jsonString: $0) }
        }
    }
}
