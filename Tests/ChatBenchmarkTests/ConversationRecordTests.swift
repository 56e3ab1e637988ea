import Model
import Testing

@testable import ChatBenchmark

@Suite struct `The record of a conversation` {
    /// Two members; the first has sent two messages that were acknowledged, and both have them.
    private func record(
        second: [MessageName] = [MessageName(member: 0, number: 0), MessageName(member: 0, number: 1)], unsent: Int = 0
    ) -> ConversationRecord {
        var first = MemberLedger(member: 0)
        _ = first.connect()
        _ = first.caughtUp()
        for number in 0..<(2 + unsent) {
            _ = first.compose()
            _ = first.nextToSend()
            if number < 2 { #expect(first.acknowledge(number, as: Int64(number + 1)) == nil) }
        }
        var other = MemberLedger(member: 1)
        _ = other.connect()
        for (index, name) in second.enumerated() { _ = other.receive(name, at: Int64(index + 1), by: .page) }
        return ConversationRecord(
            id: ConversationID(UniqueID(high: 1, low: 2)), index: 0, run: 7, accounts: [], ledgers: [first, other])
    }

    private let sent: [MessageName?] = [MessageName(member: 0, number: 0), MessageName(member: 0, number: 1)]

    @Test func `what everybody has and REST lists is right`() {
        #expect(record().faults(listed: sent).isEmpty)
        #expect(record().composed == 2)
    }

    @Test func `what a member lacks, has otherwise or has too much is found`() {
        #expect(record(second: [MessageName(member: 0, number: 0)]).faults(listed: sent) == [.missing: 1])
        let exchanged = [MessageName(member: 0, number: 1), MessageName(member: 0, number: 0)]
        #expect(record(second: exchanged).faults(listed: sent) == [.differs: 2])
        #expect(record().faults(listed: Array(sent.prefix(1))) == [.unlisted: 2, .lost: 1])
    }

    @Test func `what is listed twice, of nobody or never acknowledged is found`() {
        #expect(record(unsent: 1).faults(listed: sent) == [.unacknowledged: 1])
        #expect(record().faults(listed: sent + [sent[0]]) == [.missing: 2, .listedTwice: 1])
        #expect(record().faults(listed: sent + [nil]) == [.missing: 2, .listedStranger: 1])
    }
}
