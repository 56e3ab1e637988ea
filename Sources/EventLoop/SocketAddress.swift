internal import CUV
internal import Glibc

/// An IP address in 17 bytes, so that a connection can carry its peer's without a string.
struct SocketAddress: Hashable, Sendable {
    private enum Family: UInt8 { case none, ipv4, ipv6 }

    private var family = Family.none
    private var high: UInt64 = 0
    private var low: UInt64 = 0

    /// A socket without an address, such as a unix one.
    static let none = SocketAddress()

    private init() {}

    /// The address in `storage`; IPv4 mapped into IPv6 becomes IPv4.
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
            if high == 0, low >> 32 == 0xffff {
                family = .ipv4
                low &= 0xffff_ffff
            }
        default: break
        }
    }

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

/// Where a client connects to.
package enum Endpoint: Hashable, Sendable {
    /// A name or an address, and a port.
    case tcp(host: String, port: Int)
    /// A unix socket's path.
    case unix(path: String)
}
