package import Model

/// The mailbox to another loop: what is put in during one turn goes there together. Called on the loop it leads from.
package protocol FrameRelay: AnyObject, Sendable {
    /// - Returns: As ``GroupObserver/deliver(_:of:)``; after `congested` or `dropped` the relay calls
    ///   ``RemoteAudience/relayDrained()`` of every audience that was answered so, once it has room.
    func relay(_ frame: RelayedFrame) -> Admission
}
