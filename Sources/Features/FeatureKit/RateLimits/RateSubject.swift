internal import EventLoop
internal import Model

/// A caller as a policy counts it, in 16 bytes.
struct RateSubject: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(_ id: UniqueID) {
        high = id.high
        low = id.low
    }

    /// An IPv4 address, or the first 64 bits of an IPv6 one: a subscriber is given so many addresses that each alone
    /// means nothing (RFC 6177).
    init(_ address: IPAddress) {
        high = address.high
        // As in a mapped address, so that none is an IPv6 network's.
        low = address.family == .ipv4 ? 0xffff_0000_0000 | address.low : 0
    }
}
