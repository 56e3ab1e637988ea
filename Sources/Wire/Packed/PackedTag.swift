/// The first byte of a message of `presence.v1.packed`. One that begins with `{` is the JSON of `presence.v1`.
enum PackedTag {
    // From clients.
    static let location: UInt8 = 0x01
    static let locations: UInt8 = 0x02
    // From the hub.
    static let positions: UInt8 = 0x81
    static let snapshot: UInt8 = 0x82
    static let presence: UInt8 = 0x83
    static let member: UInt8 = 0x84
    static let ack: UInt8 = 0x85
    /// As ``positions``, of exactly one.
    static let position: UInt8 = 0x86

    static let json = UInt8(ascii: "{")
}
