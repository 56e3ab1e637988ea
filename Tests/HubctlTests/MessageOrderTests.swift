import Testing

@testable import hubctl

@Suite struct `The order of messages` {
    static func message(_ seq: Int64) -> PostedMessage {
        PostedMessage(seq: seq, fromId: "b", fromName: "Bo", text: "text \(seq)")
    }

    private func shown(_ steps: [MessageOrder.Step]) -> [Int64] {
        steps.flatMap { step -> [Int64] in if case .show(let messages) = step { messages.map(\.seq) } else { [] } }
    }

    @Test func `is that of their numbers, each once`() {
        var order = MessageOrder(after: 3)
        expect(order.connected(), is: .ask(since: 3))
        expect(shown(order.take(page: [Self.message(4), Self.message(5)])), is: [4, 5])
        expect(order.endOfSync().isEmpty, is: true)
        expect(shown(order.take(Self.message(5))), is: [])
        expect(shown(order.take(Self.message(6))), is: [6])
    }

    @Test func `waits for what is missing, and asks for it once`() {
        var order = MessageOrder(after: 0)
        _ = order.connected()
        _ = order.endOfSync()
        expect(order.take(Self.message(3)), is: [.ask(since: 0)])
        expect(order.take(Self.message(4)), is: [])
        expect(shown(order.take(page: [Self.message(1), Self.message(2)])), is: [1, 2, 3, 4])
        expect(order.endOfSync().isEmpty, is: true)
    }

    @Test func `passes over numbers that the hub does not tell`() {
        var order = MessageOrder(after: 0)
        _ = order.connected()
        expect(shown(order.take(page: [Self.message(5)])), is: [5])
        _ = order.endOfSync()
        expect(order.take(Self.message(8)), is: [.ask(since: 5)])
        expect(shown(order.endOfSync()), is: [8])
    }

    @Test func `what came during an answer is not taken for told of by it`() {
        var order = MessageOrder(after: 0)
        _ = order.connected()
        // 1 may have been on its way past the answer.
        expect(order.take(Self.message(2)), is: [])
        expect(order.endOfSync(), is: [.ask(since: 0)])
        expect(shown(order.take(page: [Self.message(1)])), is: [1, 2])
    }
}
