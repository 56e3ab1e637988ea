import Measuring
import Testing

@testable import ChatBenchmark

@Suite struct `The ledger of a member` {
    private func other(_ number: Int) -> MessageName { MessageName(member: 1, number: number) }

    private func caughtUp() -> MemberLedger {
        var ledger = MemberLedger(member: 0)
        #expect(ledger.connect() == 0)
        #expect(ledger.caughtUp() == nil)
        return ledger
    }

    @Test(arguments: Array(1...30 as ClosedRange<UInt64>))
    func `a hub that keeps its promises has no faults, whatever happens when`(seed: UInt64) {
        var hub = ScriptedHub(members: 4, seed: seed)
        for _ in 0..<1500 {
            if Int.random(in: 0..<4, using: &hub.generator) == 0 {
                hub.compose(Int.random(in: 0..<4, using: &hub.generator))
            }
            hub.step()
        }
        hub.settle()
        #expect(hub.isQuiet)
        #expect(hub.faults.isEmpty)
        #expect(hub.stored.count > 100)
        for ledger in hub.ledgers {
            #expect(ledger.log == hub.stored)
            #expect(ledger.isWhole)
            #expect(ledger.unacknowledged == 0)
        }
    }

    enum Wrong: CaseIterable {
        case lost, doubled, renumbered, exchanged
    }

    @Test(arguments: Wrong.allCases, Array(1...12 as ClosedRange<UInt64>))
    func `a hub that tells something wrong once is found out`(wrong: Wrong, seed: UInt64) {
        var hub = ScriptedHub(members: 3, seed: seed)
        var tampered = false
        hub.tamper = { event in
            guard !tampered, case .message(let sequence, let name) = event, sequence > 20 else { return [event] }
            tampered = true
            switch wrong {
            case .lost: return []
            case .doubled: return [event, event]
            case .renumbered: return [.message(sequence + 1, name)]
            case .exchanged: return [.message(sequence, MessageName(member: name.member, number: name.number + 1000))]
            }
        }
        // Nobody vanishes, so that nothing is mended by catching up.
        hub.vanishes = false
        for _ in 0..<200 { hub.step() }
        for _ in 0..<1500 {
            hub.compose(Int.random(in: 0..<3, using: &hub.generator))
            for _ in 0..<6 { hub.step() }
        }
        hub.settle()
        #expect(tampered)
        let isWhole = hub.ledgers.allSatisfy { $0.log == hub.stored }
        #expect(!hub.faults.isEmpty || !isWhole)
    }

    @Test func `a message that comes before its time is a gap`() {
        var ledger = caughtUp()
        #expect(ledger.receive(other(0), at: 1, by: .live) == nil)
        #expect(ledger.receive(other(2), at: 3, by: .live) == .gap)
        #expect(!ledger.isWhole)
        #expect(ledger.receive(other(1), at: 2, by: .live) == nil)
        #expect(ledger.log == [other(0), other(1), other(2)])
    }

    @Test func `an acknowledgement on its way explains one missing number, and no two`() {
        var ledger = caughtUp()
        _ = ledger.compose()
        #expect(ledger.nextToSend() == 0)
        #expect(ledger.receive(other(0), at: 2, by: .live) == nil)
        #expect(ledger.receive(other(1), at: 4, by: .live) == .gap)
        #expect(ledger.acknowledge(0, as: 1) == nil)
        #expect(ledger.log == [MessageName(member: 0, number: 0), other(0)])
    }

    @Test func `a live message that comes again is a fault after catching up, and an overlap before`() {
        var ledger = MemberLedger(member: 0)
        _ = ledger.connect()
        #expect(ledger.receive(other(0), at: 1, by: .live) == nil)
        #expect(ledger.receive(other(0), at: 1, by: .page) == nil)
        #expect(ledger.overlaps == 1)
        #expect(ledger.caughtUp() == nil)
        #expect(ledger.receive(other(0), at: 1, by: .live) == .twice)
        #expect(ledger.receive(other(1), at: 1, by: .live) == .twoUnderOneNumber)
    }

    @Test func `a hole behind what was told live is a fault once caught up`() {
        var ledger = MemberLedger(member: 0)
        _ = ledger.connect()
        #expect(ledger.receive(other(5), at: 6, by: .live) == nil)
        #expect(ledger.receive(other(0), at: 1, by: .page) == nil)
        #expect(ledger.caughtUp() == .gap)
    }

    @Test func `an acknowledgement that overtakes others' messages is no gap, caught up or not`() {
        var ledger = MemberLedger(member: 0)
        _ = ledger.connect()
        _ = ledger.compose()
        _ = ledger.nextToSend()
        #expect(ledger.receive(other(0), at: 1, by: .page) == nil)
        #expect(ledger.acknowledge(0, as: 3) == nil)
        #expect(ledger.caughtUp() == nil)
        #expect(ledger.receive(other(1), at: 2, by: .live) == nil)
        #expect(ledger.isWhole && ledger.log.count == 3)
    }

    @Test func `what is not acknowledged is sent again on the next connection, in its order`() {
        var ledger = caughtUp()
        for _ in 0..<3 { _ = ledger.compose() }
        #expect([ledger.nextToSend(), ledger.nextToSend(), ledger.nextToSend()] == [0, 1, 2])
        #expect(ledger.nextToSend() == nil)
        #expect(ledger.acknowledge(1, as: 1) == nil)
        _ = ledger.connect()
        #expect([ledger.nextToSend(), ledger.nextToSend(), ledger.nextToSend()] == [0, 2, nil])
        #expect(ledger.unacknowledged == 2)
    }

    @Test func `no more is on its way than the window allows`() {
        var ledger = MemberLedger(member: 0, window: 2)
        _ = ledger.connect()
        for _ in 0..<3 { _ = ledger.compose() }
        #expect([ledger.nextToSend(), ledger.nextToSend(), ledger.nextToSend()] == [0, 1, nil])
        ledger.mustSendAgain(0)
        #expect([ledger.nextToSend(), ledger.nextToSend()] == [0, nil])
        #expect(ledger.acknowledge(0, as: 1) == nil)
        #expect(ledger.nextToSend() == 2)
    }

    @Test func `one message has one number`() {
        var ledger = caughtUp()
        _ = ledger.compose()
        _ = ledger.nextToSend()
        #expect(ledger.acknowledge(0, as: 1) == nil)
        #expect(ledger.acknowledge(0, as: 2) == .twoNumbers)
        #expect(ledger.receive(MessageName(member: 0, number: 0), at: 3, by: .live) == .twoNumbers)
        #expect(ledger.receive(MessageName(member: 0, number: 1), at: 3, by: .live) == .stranger)
        #expect(ledger.acknowledge(5, as: 3) == .stranger)
        #expect(ledger.receive(other(0), at: 0, by: .live) == .noNumber)
    }
}
