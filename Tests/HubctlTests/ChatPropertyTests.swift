import Measuring
import Testing

@testable import hubctl

/// A hub that stores a conversation, reorders what it delivers, hides some numbers, refuses now and then, and loses
/// connections with everything that is under way.
private struct LossyHub {
    private(set) var log: [PostedMessage] = []
    private var nextSeq: Int64 = 1
    private var toHub: [ChatRequest] = []
    private var toClient: [ChatEvent] = []
    /// Stored, and to be told of in any order.
    private var late: [PostedMessage] = []
    private var isConnected = false

    private mutating func store(_ message: PostedMessage) {
        log.append(message)
        if isConnected { late.append(message) }
    }

    private mutating func number(_ generator: inout SeededGenerator) -> Int64 {
        // Numbers of messages that this person may not see.
        if Int.random(in: 0..<6, using: &generator) == 0 { nextSeq += Int64.random(in: 1...3, using: &generator) }
        defer { nextSeq += 1 }
        return nextSeq
    }

    mutating func otherWrites(_ generator: inout SeededGenerator) {
        let seq = number(&generator)
        store(PostedMessage(seq: seq, clientId: "b\(seq)", fromId: "b", fromName: "Bo", text: "text"))
    }

    mutating func connect() {
        guard !isConnected else { return }
        isConnected = true
        toClient = [.welcome]
    }

    mutating func disconnect() {
        isConnected = false
        toHub = []
        toClient = []
        late = []
    }

    mutating func send(_ request: ChatRequest) { if isConnected { toHub.append(request) } }

    var isIdle: Bool { toHub.isEmpty && toClient.isEmpty && late.isEmpty }

    mutating func tellLate(_ generator: inout SeededGenerator) {
        guard let index = late.indices.randomElement(using: &generator) else { return }
        toClient.append(.message(conversation: "c", late.remove(at: index)))
    }

    /// The next thing that reaches the client.
    mutating func deliver() -> ChatEvent? { toClient.isEmpty ? nil : toClient.removeFirst() }

    mutating func process(_ generator: inout SeededGenerator) {
        guard !toHub.isEmpty else { return }
        switch toHub.removeFirst() {
        case .message(let id, _, let clientId, let text, let replyTo):
            if let known = log.first(where: { $0.clientId == clientId }) {
                toClient.append(.ack(re: id, seq: known.seq, sentAt: ""))
            } else if Int.random(in: 0..<8, using: &generator) == 0 {
                toClient.append(.refused(re: id, error: "service_unavailable", message: "", retryAfter: nil))
            } else {
                let seq = number(&generator)
                store(
                    PostedMessage(
                        seq: seq, clientId: clientId, fromId: "a", fromName: "Ada", text: text, replyTo: replyTo))
                toClient.append(.ack(re: id, seq: seq, sentAt: ""))
            }
        case .sync(let id, _, let since):
            if Int.random(in: 0..<8, using: &generator) == 0 {
                toClient.append(.refused(re: id, error: "service_unavailable", message: "", retryAfter: nil))
                return
            }
            let missed = log.filter { $0.seq > since }
            for start in stride(from: 0, to: missed.count, by: 3) {
                let page = Array(missed[start..<min(missed.count, start + 3)])
                toClient.append(.messages(re: id, conversation: "c", page, more: start + 3 < missed.count))
            }
            toClient.append(.ok(re: id))
        case .read(let id, _, _): toClient.append(.ok(re: id))
        case .typing: break
        }
    }
}

@Suite struct `A chat over a connection that is lost at any moment` {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `shows each message once and in order, and stores what is written once and in order`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var hub = LossyHub()
        var session = ChatSession(conversation: "c", ownId: "a", ownName: "Ada", last: 0)
        var shown: [PostedMessage] = []
        var written: [String] = []
        var isPaused = false

        func perform(_ actions: [ChatSession.Action]) {
            for action in actions {
                switch action {
                case .send(let request): hub.send(request)
                case .show(let messages): shown += messages
                case .pause: isPaused = true
                case .end, .showRefused: Issue.record("\(action)")
                default: break
                }
            }
        }
        func step(_ choice: Int) {
            switch choice {
            case 0: hub.otherWrites(&generator)
            case 1:
                let letter = Outbox.Letter(clientId: "a\(written.count)", text: "text")
                written.append(letter.clientId)
                perform(session.write(letter))
            case 2...5: hub.process(&generator)
            case 6...9: if let event = hub.deliver() { perform(session.take(event)) }
            case 10, 11: hub.tellLate(&generator)
            case 12:
                if isPaused {
                    isPaused = false
                    perform(session.resume())
                }
            case 13: hub.connect()
            default:
                guard Int.random(in: 0..<4, using: &generator) == 0 else { return }
                hub.disconnect()
                session.disconnected()
                isPaused = false
            }
        }
        for _ in 0..<600 { step(Int.random(in: 0...14, using: &generator)) }
        // In the end the connection holds.
        hub.connect()
        var turns = 0
        while !(hub.isIdle && session.outbox.isEmpty && session.isLive && !isPaused), turns < 20_000 {
            turns += 1
            step(Int.random(in: 2...12, using: &generator))
        }
        #expect(turns < 20_000, "it never comes to rest")
        #expect(shown.map(\.seq) == hub.log.map(\.seq))
        #expect(shown.map(\.clientId) == hub.log.map(\.clientId))
        #expect(hub.log.filter { $0.fromId == "a" }.map(\.clientId) == written)
    }
}
