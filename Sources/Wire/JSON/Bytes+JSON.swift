import Model

/// What JSON is written of, straight to the end of an array.
extension [UInt8] {
    /// The text as it is; for literals, which need no escaping.
    @inline(__always)
    mutating func append(literal text: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The text in quotes, with what RFC 8259 section 7 wants escaped: quotes, backslashes and control characters.
    mutating func append(jsonString text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(upTo: JSONRoom.text(ofBytes: utf8.count)) { unsafe $0.append(jsonString: utf8) }
        }
    }

    /// 8-4-4-4-12 digits in lower case.
    mutating func append(uniqueID id: UniqueID) {
        append(upTo: JSONRoom.uniqueID) { $0.append(uniqueID: id) }
    }

    /// RFC 3339 in UTC with milliseconds, 24 bytes; a moment out of its years is moved to the nearest inside.
    mutating func append(timestamp: Timestamp) {
        append(upTo: RFC3339.length) { $0.append(timestamp: timestamp) }
    }

    /// Makes room for more without giving up that arrays grow by doubling.
    mutating func reserveRoom(_ room: Int) {
        let needed = count + room
        if capacity < needed { reserveCapacity(Swift.max(needed, 2 * capacity)) }
    }
}

/// The most bytes that a value is written with.
enum JSONRoom {
    static let uniqueID = 36
    /// A sign, 17 digits, a point, and an exponent.
    static let number = 26

    /// In quotes, every byte escaped.
    @inline(__always)
    static func text(ofBytes count: Int) -> Int { 6 * count + 2 }
}
