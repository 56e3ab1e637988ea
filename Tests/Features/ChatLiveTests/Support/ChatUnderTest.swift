import EventLoop
import FeatureKit
import HubTesting
import Model
import Persistence
import Synchronization
import Telemetry
import Wire

@testable import Chat

/// The live half on real loops, with stores in memory.
final class ChatUnderTest: Sendable {
    let loops: LoopGroup
    let store = InMemoryConversationStore()
    let presence = InMemoryPresenceStore()
    let missed = KeptMissedMessages()
    let people = PeopleEvents()
    let clock = ManualClock()
    let live: LiveChat

    /// - Parameter other: The store it is on, if not ``store``.
    init(loops count: Int = 2, limits: ChatLimits? = nil, on other: (any ConversationStore)? = nil) throws {
        loops = try LoopGroup.start(count: count)
        var unlimited = ChatLimits()
        unlimited.messagesPerSecond = 0
        unlimited.writeBehind.backoff = Backoff(shortest: .milliseconds(1), longest: .milliseconds(4))
        var quick = PresenceLimits()
        quick.pace = .zero
        quick.grace = .milliseconds(1)
        live = LiveChat.make(
            on: loops.loops, store: other ?? store, presence: presence, missed: missed, limits: limits ?? unlimited,
            presenceLimits: quick, clock: clock, logger: TestPostgres.log, meters: ChatMeters(MetricsRegistry()),
            people: people)
    }

    func stop() async {
        live.close()
        await loops.stop()
    }

    /// - Parameter points: What it asks for as soon as it is there.
    func open(
        _ number: UInt64, _ user: UserID?, on loop: Int, syncing points: [ClientMessage.SyncPoint] = []
    ) -> FakePeer {
        let peer = FakePeer(number, user: user, on: loops.loops[loop])
        peer.loop.execute { [live] in
            live.opened(peer)
            if !points.isEmpty { _ = live.receive(.sync(points), re: 1_000_000, from: peer) }
        }
        return peer
    }

    func close(_ peer: FakePeer) { peer.loop.execute { [live] in live.closed(peer) } }

    func say(_ message: ClientMessage, re: Int64?, from peer: FakePeer) {
        peer.loop.execute { [live] in _ = live.receive(message, re: re, from: peer) }
    }

    func send(_ number: UInt64, re: Int64?, in talk: ConversationID, from peer: FakePeer, _ raw: String = "hi") {
        say(.message(.init(conversation: talk, clientID: clientID(number), text: raw)), re: re, from: peer)
    }

    func sync(_ points: [(ConversationID, Int64)], re: Int64?, from peer: FakePeer) {
        say(.sync(points.map { .init(conversation: $0.0, since: $0.1) }), re: re, from: peer)
    }

    /// The client has read what waited.
    func drain(_ peer: FakePeer) {
        peer.setFull(false)
        peer.loop.execute { [live] in live.drained(peer) }
    }
}

/// Keeps who is to be told of what they missed.
final class KeptMissedMessages: MissedMessageSink {
    private let kept = Mutex<[MissedMessage]>([])
    private let failures = Mutex(0)

    var messages: [MissedMessage] { kept.withLock { $0 } }

    /// The next so many calls fail.
    func fail(_ count: Int) { failures.withLock { $0 = count } }

    func keep(_ messages: [MissedMessage]) async throws {
        let fails = failures.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        if fails { throw NotSeen(seen: 0) }
        kept.withLock { $0 += messages }
    }
}
