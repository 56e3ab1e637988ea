package import EventLoop

/// A connection that has left HTTP. Its socket has no handler and does not read until it is told to.
package struct UpgradedConnection {
    package let socket: StreamSocket
    /// What the peer sent behind the request that asked for the upgrade.
    package let alreadyRead: [UInt8]
}
