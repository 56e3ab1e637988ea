import Measuring

@testable import ChatBenchmark

/// A hub of one conversation that keeps its promises, in random order: it numbers and stores, acknowledges to the connection
/// that sent, tells all others, and answers who catches up. Each connection hears acknowledgements and messages in two
/// queues of their own.
struct ScriptedHub {
    enum Event: Equatable {
        case message(Int64, MessageName)
        case page(Int64, MessageName)
        case caughtUp
    }

    /// What a member's connection will still hear.
    struct Connection {
        var events: [Event] = []
        var acks: [(number: Int, sequence: Int64)] = []
        /// What it sent and the hub has not looked at.
        var inbox: [Int] = []
        /// Before which it has all; nothing once that was answered.
        var since: Int64?
    }

    private(set) var stored: [MessageName] = []
    private var places: [MessageName: Int64] = [:]
    var ledgers: [MemberLedger]
    var connections: [Connection?]
    var faults: [LedgerFault] = []
    /// Whether members lose their connections.
    var vanishes = true
    /// Changes what a connection is told; nothing is told wrongly without it.
    var tamper: ((Event) -> [Event])?
    var generator: SeededGenerator

    init(members: Int, seed: UInt64) {
        ledgers = (0..<members).map { MemberLedger(member: $0, window: 3) }
        connections = Array(repeating: nil, count: members)
        generator = SeededGenerator(seed: seed)
    }

    /// One of the things that can happen next.
    mutating func step() {
        let member = Int.random(in: 0..<ledgers.count, using: &generator)
        guard connections[member] != nil else {
            connections[member] = Connection(since: ledgers[member].connect())
            return send(member)
        }
        switch Int.random(in: 0..<20, using: &generator) {
        case 0 where vanishes:
            connections[member] = nil
            // What was on its way may have reached the hub, or not.
            ledgers[member].disconnect()
        case 1...5: store(member)
        case 6...8: acknowledge(member)
        case 9...10: answer(member)
        default: hear(member)
        }
    }

    mutating func compose(_ member: Int) {
        _ = ledgers[member].compose()
        if connections[member] != nil { send(member) }
    }

    private mutating func send(_ member: Int) {
        while let number = ledgers[member].nextToSend() { connections[member]?.inbox.append(number) }
    }

    private mutating func store(_ member: Int) {
        guard let number = connections[member]?.inbox.first else { return }
        connections[member]?.inbox.removeFirst()
        let name = MessageName(member: member, number: number)
        if let place = places[name] {
            connections[member]?.acks.append((number, place))
            return
        }
        stored.append(name)
        let sequence = Int64(stored.count)
        places[name] = sequence
        if vanishes, Int.random(in: 0..<10, using: &generator) == 0 {
            // The hub learns of another connection in the moment it stores.
            connections[member] = nil
            ledgers[member].disconnect()
        }
        connections[member]?.acks.append((number, sequence))
        for other in connections.indices where other != member { tell(.message(sequence, name), other) }
    }

    private mutating func tell(_ event: Event, _ member: Int) {
        guard connections[member] != nil else { return }
        connections[member]?.events += tamper?(event) ?? [event]
    }

    private mutating func answer(_ member: Int) {
        guard let since = connections[member]?.since else { return }
        connections[member]?.since = nil
        // What was told live already comes again.
        for place in Int(since)..<stored.count { tell(.page(Int64(place + 1), stored[place]), member) }
        connections[member]?.events.append(.caughtUp)
    }

    private mutating func acknowledge(_ member: Int) {
        guard let ack = connections[member]?.acks.first else { return }
        connections[member]?.acks.removeFirst()
        note(ledgers[member].acknowledge(ack.number, as: ack.sequence))
        send(member)
    }

    private mutating func hear(_ member: Int) {
        guard let event = connections[member]?.events.first else { return }
        connections[member]?.events.removeFirst()
        switch event {
        case .message(let sequence, let name): note(ledgers[member].receive(name, at: sequence, by: .live))
        case .page(let sequence, let name): note(ledgers[member].receive(name, at: sequence, by: .page))
        case .caughtUp: note(ledgers[member].caughtUp())
        }
    }

    private mutating func note(_ fault: LedgerFault?) {
        if let fault { faults.append(fault) }
    }

    /// Lets everything happen that still can, and nobody vanish.
    mutating func settle() {
        vanishes = false
        for _ in 0..<20_000 {
            step()
            if isQuiet { return }
        }
    }

    var isQuiet: Bool {
        connections.allSatisfy { connection in
            guard let connection else { return false }
            return connection.events.isEmpty && connection.acks.isEmpty && connection.inbox.isEmpty
                && connection.since == nil
        }
    }
}
