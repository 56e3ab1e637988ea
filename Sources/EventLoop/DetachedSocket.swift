internal import Glibc
internal import TLS

/// A connected socket between two loops: it has left one and ``StreamSocket/adopt(_:on:)`` brings it to another.
///
/// Held by one owner at a time, which is why it may cross threads; closes its descriptor if nobody adopts it.
package final class DetachedSocket: @unchecked Sendable {
    private(set) var descriptor: Int32
    let peer: IPAddress
    private(set) var tls: TLSSession?
    let unsent: [[UInt8]]

    init(descriptor: Int32, peer: IPAddress, tls: TLSSession?, unsent: [[UInt8]]) {
        self.descriptor = descriptor
        self.peer = peer
        self.tls = tls
        self.unsent = unsent
    }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }

    /// Gives descriptor and TLS session away.
    func letGo() {
        descriptor = -1
        tls = nil
    }
}
