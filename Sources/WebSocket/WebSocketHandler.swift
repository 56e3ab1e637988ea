/// Hears what happens on a ``WebSocketConnection``; always called on its loop, and never from within one of its methods.
package protocol WebSocketHandler: AnyObject, Sendable {
    /// A whole text message arrived, its UTF-8 checked; the bytes are valid during the call.
    func webSocket(_ connection: WebSocketConnection, didReceiveText bytes: RawSpan)

    /// A whole binary message arrived; the bytes are valid during the call.
    func webSocket(_ connection: WebSocketConnection, didReceiveBinary bytes: RawSpan)

    /// A Pong arrived. Those that answer the heartbeat come here too; their payload is empty.
    func webSocket(_ connection: WebSocketConnection, didReceivePong bytes: RawSpan)

    /// The kernel has taken everything queued, after a turn in which it could not.
    ///
    /// What a turn queues and its end can write is not announced; do not wait for this after a look at
    /// ``WebSocketConnection/queuedBytes`` in the same turn.
    func webSocketDidDrain(_ connection: WebSocketConnection)

    /// A Close frame is about to be written, ours or the answer to the peer's: what is sent now is the last.
    func webSocketWillClose(_ connection: WebSocketConnection)

    /// The connection is over for messages, in both directions: said exactly once, and last.
    ///
    /// - Parameters:
    ///   - code: The code of the Close frame that ended it, the peer's or ours; nil if that had none, or there was no frame.
    ///   - reason: What that frame said; empty without one.
    func webSocket(
        _ connection: WebSocketConnection, didClose code: CloseCode?, reason: String, by ending: WebSocketEnding)
}

extension WebSocketHandler {
    package func webSocket(_ connection: WebSocketConnection, didReceivePong bytes: RawSpan) {}
    package func webSocketDidDrain(_ connection: WebSocketConnection) {}
    package func webSocketWillClose(_ connection: WebSocketConnection) {}
}

/// Who or what ended a connection.
package enum WebSocketEnding: Equatable, Sendable {
    /// The peer sent a Close.
    case peer
    /// We did, by ``WebSocketConnection/close(code:reason:)``; whether or not the peer answered in time.
    case local
    /// The peer broke the protocol or a limit, and was sent a Close that says so.
    case fault(WebSocketFault)
    /// Nothing was heard for two heartbeats.
    case silence
    /// The transport closed without a Close.
    case transport
}
