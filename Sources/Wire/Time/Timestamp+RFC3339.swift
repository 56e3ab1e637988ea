package import Model

extension Timestamp {
    /// The moments RFC 3339 can write, years 0000 to 9999; what the wire takes lies inside.
    package static let writable =
        Timestamp(milliseconds: -62_167_219_200_000)...Timestamp(milliseconds: 253_402_300_799_999)

    /// The moment of an RFC 3339 time: any offset, 0 to 9 digits of a second's fraction, cut to milliseconds.
    package init?(rfc3339 text: String) {
        var text = text
        let parsed = text.withUTF8 { unsafe RFC3339.parse(UnsafeRawBufferPointer($0)) }
        guard let parsed, Timestamp.writable.contains(parsed) else { return nil }
        self = parsed
    }

    /// This moment, or the nearest that can be written.
    var written: Timestamp { min(max(self, Timestamp.writable.lowerBound), Timestamp.writable.upperBound) }

    /// In UTC with milliseconds, `2026-11-20T10:30:00.000Z`; moments RFC 3339 cannot write are moved to the nearest it can.
    package var rfc3339: String {
        var bytes: [UInt8] = []
        bytes.append(timestamp: self)
        return String(decoding: bytes, as: UTF8.self)
    }
}
