import Actors
import EventLoop
import FeatureKit
import HubTesting
import Model
import Synchronization
import Wire

/// A session without a socket: keeps what it is sent, and can be told not to read.
final class FakePeer: StreamPeer {
    struct Seen: Sendable {
        var messages: [HubMessage] = []
        var refusals: [Refusal] = []
        var isClosed = false
        var isFull = false
        var hasMissed = false
        /// Whether it reads nothing, and what is sent to it waits.
        var isSlow = false
        var queuedBytes = 0
        var isDrainAwaited = false
    }

    let id: SessionID
    let loop: Loop
    let user: SignedInUser?
    var device: DeviceID? { nil }
    var queuedBytes: Int { state.withLock { $0.queuedBytes } }
    private let state = Mutex(Seen())

    init(_ number: UInt64, user: UserID?, on loop: Loop) {
        id = session(number)
        self.loop = loop
        self.user = user.map { SignedInUser(id: $0, signIn: SignInID(UniqueID(high: 1, low: number))) }
    }

    var seen: Seen { state.withLock { $0 } }

    func setFull(_ isFull: Bool) { state.withLock { $0.isFull = isFull } }

    func setSlow(_ isSlow: Bool) { state.withLock { $0.isSlow = isSlow } }

    /// It reads all that waits.
    func read() {
        state.withLock { state in
            state.queuedBytes = 0
            state.isDrainAwaited = false
        }
    }

    func awaitDrain() { state.withLock { $0.isDrainAwaited = true } }

    /// Waits until it has seen what `condition` asks for.
    func wait(_ condition: @escaping @Sendable (Seen) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while !condition(seen) {
            guard ContinuousClock.now < deadline else { throw NotSeen(seen: seen.messages.count) }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    func send(_ write: (inout [UInt8]) -> Void) {
        var bytes: [UInt8] = []
        write(&bytes)
        keep(bytes)
    }

    func deliver(_ message: SharedMessage) -> Admission {
        let isFull = state.withLock { state in
            if state.isFull { state.hasMissed = true }
            return state.isFull
        }
        if isFull { return .dropped }
        keep(message.text)
        return .accepted
    }

    func refuse(_ refusal: Refusal, retryAfter: Int?) { state.withLock { $0.refusals.append(refusal) } }

    func closeTooSlow() { state.withLock { $0.isClosed = true } }

    private func keep(_ bytes: [UInt8]) {
        guard let message = try? HubMessageDecoder.decode(bytes) else {
            preconditionFailure("the hub wrote no message")
        }
        state.withLock { state in
            state.messages.append(message)
            if state.isSlow { state.queuedBytes += bytes.count }
        }
    }
}

struct NotSeen: Error { let seen: Int }

extension FakePeer.Seen {
    /// The numbers of the conversation's messages, in the order in which they came.
    func numbers(in talk: ConversationID) -> [Int64] {
        messages.flatMap { message -> [Int64] in
            switch message {
            case .message(let message) where message.conversation == talk: [message.sequence]
            case .messages(let page) where page.conversation == talk: page.messages.map(\.sequence)
            default: []
            }
        }
    }

    /// The numbers of the messages that were acknowledged.
    func acknowledged(in talk: ConversationID) -> [Int64] {
        messages.compactMap { message in
            if case .messageStored(_, talk, let number, _) = message { number } else { nil }
        }
    }

    func isAnswered(_ re: Int64) -> Bool {
        refusals.contains { $0.id == re }
            || messages.contains { message in
                switch message {
                case .messageStored(re, _, _, _), .ok(re): true
                default: false
                }
            }
    }
}
