/// The limits and choices of a connection, for either role.
package struct WebSocketOptions: Sendable {
    /// The longest message taken, all its fragments together and inflated; more closes with 1009.
    package var maximumMessageBytes = 64 * 1024
    /// The subprotocols spoken. A client offers them in this order, a server selects the first of those offered that is one.
    package var subprotocols: [String] = []
    /// permessage-deflate (RFC 7692); nil neither offers nor accepts it.
    package var deflate: DeflateOptions?
    /// How often the peer is pinged; it is gone once it was silent for two of them. nil leaves dead peers to TCP.
    package var heartbeat: Duration? = .seconds(25)
    /// How long the peer may take to answer a Close, and a server to close TCP behind it.
    package var closeTimeout = Duration.seconds(5)
    /// How long a client waits for the answer to its handshake, the connection of TCP and TLS included.
    package var handshakeTimeout = Duration.seconds(10)

    package init() {}
}
