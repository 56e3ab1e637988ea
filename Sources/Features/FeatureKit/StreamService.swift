package import Actors
package import EventLoop
package import Model
package import Wire

/// What an area does with the sessions of the stream (``Registry/add(_:)-(StreamService)``). Everything is called on the
/// session's loop, and returns without waiting.
package protocol StreamService: Sendable {
    /// A session has been greeted.
    func opened(_ peer: any StreamPeer)

    /// It is over; nothing can be sent to it any more.
    func closed(_ peer: any StreamPeer)

    /// What a client said that is not the core's: `message`, `typing`, `read`, `sync`.
    ///
    /// - Returns: Whether it is the area's; then the area answers.
    func receive(_ message: ClientMessage, re: Int64?, from peer: any StreamPeer) -> Bool

    /// How somebody wants to be seen; the session answers.
    func declared(_ report: ClientMessage.PresenceReport, by peer: any StreamPeer)

    /// A client that did not read, or of which that was asked (``StreamPeer/awaitDrain()``), has read everything.
    func drained(_ peer: any StreamPeer)

    /// The hub stops: stores what waits, and takes nothing more. Sessions are still there to hear of it. Any thread.
    ///
    /// - Returns: How much could not be stored in time, and was refused.
    func drain(within deadline: Duration) async -> Int

    /// No session is left. Any thread.
    func close()
}

extension StreamService {
    package func opened(_ peer: any StreamPeer) {}
    package func closed(_ peer: any StreamPeer) {}
    package func receive(_ message: ClientMessage, re: Int64?, from peer: any StreamPeer) -> Bool { false }
    package func declared(_ report: ClientMessage.PresenceReport, by peer: any StreamPeer) {}
    package func drained(_ peer: any StreamPeer) {}
    package func drain(within deadline: Duration) async -> Int { 0 }
    package func close() {}
}

/// A session of the stream as an area sees it. References may be held anywhere, methods are called on `loop`.
package protocol StreamPeer: AnyObject, Sendable {
    var id: SessionID { get }
    var loop: Loop { get }
    /// Whose access token or ticket opened it; nothing if a key did.
    var user: SignedInUser? { get }
    /// Whom it speaks as.
    var device: DeviceID? { get }
    /// Bytes that wait for the client to read.
    var queuedBytes: Int { get }

    /// Sends a reply: one JSON object, written by `HubMessageEncoder`. A client that does not read its replies is not
    /// read either.
    func send(_ write: (inout [UInt8]) -> Void)

    /// Sends what was made for many.
    ///
    /// - Returns: ``Admission/dropped`` if as many bytes wait as may; then nothing was sent, and ``StreamService/drained(_:)``
    ///   tells when there is room again.
    func deliver(_ message: SharedMessage) -> Admission

    /// Has ``StreamService/drained(_:)`` called when the client has read everything that waits. For who sends a part only when
    /// the one before has been read.
    func awaitDrain()

    func refuse(_ refusal: Refusal, retryAfter: Int?)

    /// Closes with 1013: it reads too slowly for what it must not miss.
    func closeTooSlow()
}

/// One message for many sessions of one loop, encoded once for each dialect that is spoken.
///
/// Confined to its loop.
package final class SharedMessage {
    /// The JSON.
    package let text: [UInt8]
    /// Whole frames, by what they are written in; filled by the sessions.
    package var frames: [Dialect: [UInt8]] = [:]

    /// - Parameter write: Writes one JSON object.
    package init(_ write: (inout [UInt8]) -> Void) {
        var text: [UInt8] = []
        write(&text)
        self.text = text
    }
}
