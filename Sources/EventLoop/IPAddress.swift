internal import CUV
internal import Glibc

/// An IP address in 17 bytes, so that a connection can carry its peer's without a string. IPv4 mapped into IPv6 is IPv4.
package struct IPAddress: Hashable, Sendable {
    package enum Family: UInt8, Sendable { case none, ipv4, ipv6 }

    package private(set) var family = Family.none
    /// The first 64 bits of an IPv6 address; 0 for others.
    package private(set) var high: UInt64 = 0
    /// The last 64 bits of an IPv6 address, or the 32 of an IPv4 one.
    package private(set) var low: UInt64 = 0

    /// The address of what has none, such as a unix socket.
    package static let none = IPAddress()
    /// 127.0.0.1.
    package static let loopback = IPAddress(ipv4: 0x7f00_0001)

    private init() {}

    /// - Parameter bits: The first byte of the text form highest.
    package init(ipv4 bits: UInt32) {
        family = .ipv4
        low = UInt64(bits)
    }

    package init(ipv6 high: UInt64, _ low: UInt64) {
        family = .ipv6
        self.high = high
        self.low = low
        unmap()
    }

    /// The address in its text form (RFC 4291, section 2.2, or four decimal numbers), without a port, zone or brackets;
    /// nothing for any other text.
    package init?(_ text: some StringProtocol) {
        // The longest is an IPv6 address with an IPv4 one in it.
        guard (2...45).contains(text.utf8.count), !text.utf8.contains(0) else { return nil }
        let text = String(text)
        var bytes = in6_addr()
        let isIPv4 = unsafe inet_pton(AF_INET, text, &bytes) == 1
        guard unsafe isIPv4 || inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        let (first, second, third) = unsafe withUnsafeBytes(of: &bytes) { bytes in
            unsafe (
                UInt32(bigEndian: bytes.load(as: UInt32.self)), UInt64(bigEndian: bytes.load(as: UInt64.self)),
                UInt64(bigEndian: bytes.load(fromByteOffset: 8, as: UInt64.self))
            )
        }
        if isIPv4 { self.init(ipv4: first) } else { self.init(ipv6: second, third) }
    }

    /// The address in `storage`.
    init(_ storage: sockaddr_storage) {
        var storage = storage
        switch Int32(storage.ss_family) {
        case AF_INET:
            family = .ipv4
            unsafe withUnsafeBytes(of: &storage) { bytes in
                low = UInt64(UInt32(bigEndian: unsafe bytes.load(fromByteOffset: 4, as: UInt32.self)))
            }
        case AF_INET6:
            family = .ipv6
            unsafe withUnsafeBytes(of: &storage) { bytes in
                high = UInt64(bigEndian: unsafe bytes.load(fromByteOffset: 8, as: UInt64.self))
                low = UInt64(bigEndian: unsafe bytes.load(fromByteOffset: 16, as: UInt64.self))
            }
            unmap()
        default: break
        }
    }

    private mutating func unmap() {
        guard high == 0, low >> 32 == 0xffff else { return }
        family = .ipv4
        low &= 0xffff_ffff
    }
}

extension IPAddress: CustomStringConvertible {
    package var description: String { host }

    /// The address as text, without a port; empty if there is none.
    var host: String {
        switch family {
        case .none: return ""
        case .ipv4: return "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)"
        case .ipv6:
            var address = in6_addr()
            unsafe withUnsafeMutableBytes(of: &address) { bytes in
                unsafe bytes.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
                unsafe bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            return unsafe text.withUnsafeMutableBufferPointer { text in
                guard let base = text.baseAddress,
                    unsafe inet_ntop(AF_INET6, &address, base, socklen_t(text.count)) != nil
                else { return "" }
                return unsafe String(cString: base)
            }
        }
    }
}
