package import EventLoop

/// The addresses that begin with the same bits: `10.0.0.0/8`, `2001:db8::/32`, or one address.
package struct AddressBlock: Hashable, Sendable {
    private let address: IPAddress
    /// How many of the address's 32 or 128 bits count.
    private let prefixLength: Int

    /// - Parameter text: An address, and a slash and the length of a prefix if the block holds more than the one. Bits
    ///   behind the prefix do not matter.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        let isMapped = address.family == .ipv4 && parts[0].utf8.contains(UInt8(ascii: ":"))
        let width = address.family == .ipv4 && !isMapped ? 32 : 128
        var length = width
        if parts.count == 2 {
            guard let number = Int(parts[1]), (0...width).contains(number) else { return nil }
            length = number
        }
        self.address = address
        // Of an IPv4 address in IPv6 the first 96 bits are always the same.
        prefixLength = isMapped ? max(0, length - 96) : length
    }

    package func contains(_ other: IPAddress) -> Bool {
        guard other.family == address.family else { return false }
        guard address.family == .ipv6 else {
            return AddressBlock.agree(address.low << 32, other.low << 32, bits: prefixLength)
        }
        return AddressBlock.agree(address.high, other.high, bits: min(prefixLength, 64))
            && AddressBlock.agree(address.low, other.low, bits: max(prefixLength - 64, 0))
    }

    private static func agree(_ left: UInt64, _ right: UInt64, bits: Int) -> Bool {
        bits == 0 || (left ^ right) >> (64 - bits) == 0
    }
}
