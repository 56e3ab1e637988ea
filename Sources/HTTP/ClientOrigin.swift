package import EventLoop

/// Where a request comes from: the peer's word for it is the connection's own, a proxy's that of its header fields.
package struct ClientOrigin: Hashable, Sendable {
    package let address: IPAddress
    /// Whether the client spoke TLS, to the hub or to the proxy.
    package let isSecure: Bool

    package init(address: IPAddress, isSecure: Bool) {
        self.address = address
        self.isSecure = isSecure
    }
}
