import Model

/// What the members of a conversation have when a load is over, to be compared.
struct ConversationRecord: Sendable {
    let id: ConversationID
    let index: Int
    let run: UInt32
    var accounts: [Account]
    let ledgers: [MemberLedger]

    /// Everything that is wrong, each with how often.
    ///
    /// - Parameter listed: The messages as REST lists them, the first at 0; an id of nobody's is nothing.
    func faults(listed: [MessageName?]) -> [RecordFault: Int] {
        var faults: [RecordFault: Int] = [:]
        func note(_ fault: RecordFault, _ count: Int) { if count > 0 { faults[fault, default: 0] += count } }
        let names = listed.compactMap(\.self)
        note(.listedStranger, listed.count - names.count)
        note(.listedTwice, names.count - Set(names).count)
        for ledger in ledgers {
            note(.unacknowledged, ledger.unacknowledged)
            note(.missing, max(0, listed.count - ledger.log.count))
            note(.unlisted, max(0, ledger.log.count - listed.count))
            note(.differs, zip(ledger.log, listed).count { $0 != $1 })
            for (number, sequence) in ledger.acknowledged.enumerated() where sequence > 0 {
                let name = MessageName(member: ledger.member, number: number)
                let isThere = sequence <= Int64(listed.count) && listed[Int(sequence) - 1] == name
                note(.lost, isThere ? 0 : 1)
            }
        }
        return faults
    }

    var composed: Int { ledgers.reduce(0) { $0 + $1.acknowledged.count } }
    var overlaps: Int { ledgers.reduce(0) { $0 + $1.overlaps } }
}

/// What is wrong with a conversation when a load is over.
enum RecordFault: Hashable, Sendable {
    /// A message was sent and never acknowledged.
    case unacknowledged
    /// A message was acknowledged and is not listed under its number.
    case lost
    /// A message is listed and a member does not have it.
    case missing
    /// A member has a message that is not listed.
    case unlisted
    /// A member has another message under a number than is listed.
    case differs
    /// A message is listed under two numbers.
    case listedTwice
    /// A message is listed that nobody sent, or not as it was sent.
    case listedStranger

    var description: String {
        switch self {
        case .unacknowledged: "were sent and never acknowledged"
        case .lost: "were acknowledged and are not listed under their numbers"
        case .missing: "are listed and did not reach a member"
        case .unlisted: "reached a member and are not listed"
        case .differs: "reached a member under another number than is listed"
        case .listedTwice: "are listed under two numbers"
        case .listedStranger: "are listed and were not sent so"
        }
    }
}
