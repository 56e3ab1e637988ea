internal import Actors
internal import EventLoop
internal import FeatureKit
internal import Model
internal import Telemetry
internal import Wire

/// A person's session of the stream, as conversations know it.
///
/// Confined to the session's loop.
final class ChatSession {
    let peer: any StreamPeer
    let user: UserID
    /// Messages that wait for their commit.
    var pendingMessages = 0
    var sync = SyncProgress()
    /// Whether a page did not fit, and is read again when the client has read what waits.
    var isFull = false
    private var typingSecond: UInt64 = 0
    private var typingCount = 0

    init(_ peer: any StreamPeer, user: UserID) {
        self.peer = peer
        self.user = user
    }

    /// `typing` that comes faster than five times a second is not looked at.
    func admitsTyping(at now: LoopInstant) -> Bool {
        let second = now.milliseconds / 1000
        if second != typingSecond {
            typingSecond = second
            typingCount = 0
        }
        typingCount += 1
        return typingCount <= 5
    }

    /// Sends what was made for many, if it is this session's turn to have it.
    ///
    /// - Returns: Whether it was sent.
    func take(_ event: LiveEvent, _ shared: SharedMessage, meters: ChatMeters) -> Bool {
        if case .message(let message) = event, !sync.admits(message.sequence, of: message.conversation) {
            return false
        }
        if peer.deliver(shared) != .dropped { return true }
        guard event.mustArrive else { return false }
        // It would miss this for good. It comes back and asks for what it has not.
        meters.slowReaders.increment()
        peer.closeTooSlow()
        return false
    }
}
