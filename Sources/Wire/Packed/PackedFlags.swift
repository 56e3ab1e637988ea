/// The first byte of a packed fix: the form of its place, and which of the members that may be missing it has.
struct PackedFlags: OptionSet {
    let rawValue: UInt8

    static let altitude = PackedFlags(rawValue: 1 << 2)
    static let bearing = PackedFlags(rawValue: 1 << 3)
    static let speed = PackedFlags(rawValue: 1 << 4)
    static let provider = PackedFlags(rawValue: 1 << 5)
    static let batteryLevel = PackedFlags(rawValue: 1 << 6)
    static let networkType = PackedFlags(rawValue: 1 << 7)

    /// As ``PackedPlace/form``.
    var placeForm: UInt8 { rawValue & 3 }
}
