/// Where a client connects to.
package enum Endpoint: Hashable, Sendable {
    /// A name or an address, and a port.
    case tcp(host: String, port: Int)
    /// A unix socket's path.
    case unix(path: String)
}
