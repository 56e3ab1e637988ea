import Measuring
import Model

/// A device that hubctl registers and plays.
struct DeviceIdentity: Hashable, Sendable {
    var id: DeviceID
    /// 2 to 50 characters.
    var name: String
    var group: GroupID

    init(id: DeviceID, name: String, group: GroupID) {
        self.id = id
        self.name = name
        self.group = group
    }

    /// The device of a group and a source (a file's name, the place in a simulation): the same every time.
    init(group: GroupID, source: String, name: String, id: DeviceID? = nil) {
        self.group = group
        self.id = id ?? DeviceIdentity.stableID(group: group, source: source)
        self.name = DeviceIdentity.displayName(name)
    }

    /// A version 8 UUID (RFC 9562, 5.8) from the 128-bit FNV-1a hash of `group NUL source`.
    static func stableID(group: GroupID, source: String) -> DeviceID {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        func take(_ byte: UInt8) { hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b }
        for byte in group.rawValue.utf8 { take(byte) }
        take(0)
        for byte in source.utf8 { take(byte) }
        // FNV-1a leaves names that differ in their last byte alike in most bits; the fields of a UUID cut some off.
        let high = SeededGenerator.mixed(UInt64(truncatingIfNeeded: hash >> 64))
        let low = SeededGenerator.mixed(UInt64(truncatingIfNeeded: hash) ^ high)
        return DeviceID(
            UniqueID(
                high: high & 0xffff_ffff_ffff_0fff | 0x8000,
                low: low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000))
    }

    /// `text` made to fit the rule of 2 to 50 characters.
    static func displayName(_ text: String) -> String {
        let plain = PlainText.line(text)
        return plain.count < 2 ? "track \(plain)" : String(plain.prefix(50))
    }
}
