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
    /// Whether the next page is read when the client has read what waits.
    private(set) var isWaiting = false
    /// Messages that the next page may have: as many as fitted into the last one, and more again from there.
    private(set) var pageMessages: Int
    private var typingSecond: UInt64 = 0
    private var typingCount = 0

    /// - Parameter pageMessages: That a page may have.
    init(_ peer: any StreamPeer, user: UserID, pageMessages: Int) {
        self.peer = peer
        self.user = user
        self.pageMessages = pageMessages
    }

    /// Puts the next page off until the client has read what waits: it waits for its pages, and is not too slow for them.
    func waitForRoom() {
        sync.postponed()
        isWaiting = true
        peer.awaitDrain()
    }

    /// The client has read what waited.
    ///
    /// - Returns: What is read now.
    func hasRoom() -> SyncProgress.Action {
        guard isWaiting else { return .nothing }
        isWaiting = false
        return sync.resumed()
    }

    /// A page has been sent.
    ///
    /// - Parameters:
    ///   - isCut: Whether it had to be shortened to as many messages.
    ///   - most: The most that a page may have.
    func sentPage(of messages: Int, isCut: Bool, most: Int) {
        pageMessages = isCut ? max(1, messages) : min(most, 2 * pageMessages)
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
