import HubTesting
import Model
import Testing

@testable import Persistence

@Suite struct `What is known of devices` {
    private typealias Batch = WriteBehindBuffer<JournalUnit>.Batch

    private static let start = Timestamp(milliseconds: 1_700_000_000_000)

    private static func device(_ number: Int) -> UniqueID { UniqueID(high: 7, low: UInt64(number)) }

    /// A batch with a location of each of `devices`, received so many milliseconds after the start.
    private static func batch(_ devices: [Int], receivedAt later: Int = 0) -> Batch {
        let units = devices.map { number in
            JournalUnit(
                device: DeviceID(device(number)), receivedAt: start.advanced(by: .milliseconds(later)),
                first: .sample(at: start), others: [], receipt: nil, trace: nil)
        }
        return Batch(id: 1, units: units, rowCount: units.count)
    }

    private static func outcome(removals: Int64, acceptsSince: Timestamp? = nil, unknown: [Int] = []) -> InsertOutcome {
        InsertOutcome(
            wereThere: false, removals: removals, acceptsSince: acceptsSince, unknown: Set(unknown.map(device)))
    }

    private static func lookup(_ devices: [Int], removals: Int64? = nil) -> DeviceLookup {
        DeviceLookup(devices: Set(devices.map(device)), removals: removals)
    }

    /// Has `knowledge` learn from a batch of `devices` that was written after the look it asked for.
    private static func write(_ devices: [Int], _ outcome: InsertOutcome, _ knowledge: inout DeviceKnowledge) {
        let batch = batch(devices)
        knowledge.learn(from: outcome, lookup: knowledge.lookup(for: batch), of: batch)
    }

    @Test func `is nothing at first, and then what was found`() {
        var knowledge = DeviceKnowledge()
        #expect(knowledge.lookup(for: Self.batch([1, 2, 1])) == Self.lookup([1, 2]))
        Self.write([1, 2, 1], Self.outcome(removals: 4), &knowledge)
        #expect(knowledge.lookup(for: Self.batch([2, 1])) == Self.lookup([], removals: 4))
        #expect(knowledge.lookup(for: Self.batch([2, 3])) == Self.lookup([3], removals: 4))
        Self.write([2, 3, 5], Self.outcome(removals: 4, unknown: [5]), &knowledge)
        #expect(knowledge.lookup(for: Self.batch([1, 2, 3, 5])) == Self.lookup([5], removals: 4))
    }

    @Test func `goes with the number it was found at`() {
        var knowledge = DeviceKnowledge()
        Self.write([1, 2], Self.outcome(removals: 4), &knowledge)
        Self.write([2, 3], Self.outcome(removals: 5, unknown: [3]), &knowledge)
        #expect(knowledge.lookup(for: Self.batch([1, 2, 3])) == Self.lookup([1, 3], removals: 5))
        // An older one is of a server that went back in time, unless it was asked before.
        knowledge.learn(
            from: Self.outcome(removals: 4), lookup: Self.lookup([1], removals: 4), of: Self.batch([1]))
        #expect(knowledge.lookup(for: Self.batch([1, 2])) == Self.lookup([1], removals: 5))
        Self.write([1, 2], Self.outcome(removals: 4), &knowledge)
        #expect(knowledge.lookup(for: Self.batch([1, 2])) == Self.lookup([1, 2]))
        Self.write([1, 2], Self.outcome(removals: 4), &knowledge)
        #expect(knowledge.lookup(for: Self.batch([1, 2])) == Self.lookup([], removals: 4))
        knowledge.forget()
        #expect(knowledge.lookup(for: Self.batch([1, 2])) == Self.lookup([1, 2]))
    }

    @Test func `does not hold for what may be from before an erasure`() {
        var knowledge = DeviceKnowledge()
        let since = Self.start.advanced(by: .milliseconds(10))
        Self.write([1, 2], Self.outcome(removals: 4, acceptsSince: since), &knowledge)
        Self.write([3], Self.outcome(removals: 4, acceptsSince: Self.start), &knowledge)
        #expect(knowledge.lookup(for: Self.batch([1, 2, 3], receivedAt: 11)) == Self.lookup([], removals: 4))
        #expect(knowledge.lookup(for: Self.batch([1, 2, 3], receivedAt: 10)) == Self.lookup([1, 2, 3]))
    }

    @Test func `does not come back with an answer that says nothing of it`() {
        var knowledge = DeviceKnowledge()
        let since = Self.start.advanced(by: .milliseconds(10))
        Self.write([1], Self.outcome(removals: 4, acceptsSince: since), &knowledge)
        let later = Self.batch([1, 2], receivedAt: 11)
        let lookup = knowledge.lookup(for: later)
        #expect(lookup == Self.lookup([2], removals: 4))
        knowledge.forget()
        knowledge.learn(from: Self.outcome(removals: 4), lookup: lookup, of: later)
        #expect(knowledge.lookup(for: Self.batch([1, 2], receivedAt: 5)) == Self.lookup([1], removals: 4))
    }

    @Test func `goes when a device is gone that was not counted`() {
        var knowledge = DeviceKnowledge()
        Self.write([1, 2], Self.outcome(removals: 4), &knowledge)
        let batch = Self.batch([2])
        knowledge.learn(
            from: Self.outcome(removals: 4, unknown: [2]), lookup: DeviceKnowledge.fullLookup(for: batch), of: batch)
        #expect(knowledge.lookup(for: Self.batch([1])) == Self.lookup([1]))
    }

    @Test func `is bounded`() {
        var knowledge = DeviceKnowledge(capacity: 3)
        Self.write([1, 2, 3], Self.outcome(removals: 4), &knowledge)
        #expect(knowledge.lookup(for: Self.batch([1, 2, 3])) == Self.lookup([], removals: 4))
        Self.write([4], Self.outcome(removals: 4), &knowledge)
        #expect(knowledge.lookup(for: Self.batch([1, 4])) == Self.lookup([1, 4]))
    }

    /// `core.write_locations` and what removes devices, in a few lines.
    private struct Server {
        var removals: Int64 = 1
        /// The devices there are, and since when they accept what is received.
        var devices: [Int: Timestamp?] = [:]
        var erased: Set<Int> = []

        mutating func register(_ device: Int, at moment: Timestamp) {
            guard devices[device] == nil else { return }
            devices.updateValue(erased.contains(device) ? moment : nil, forKey: device)
        }

        mutating func erase(_ device: Int) {
            guard devices.removeValue(forKey: device) != nil else { return }
            erased.insert(device)
            removals += 1
        }

        /// The outcome, and the devices whose rows are stored.
        func write(_ batch: Batch, _ lookup: DeviceLookup) -> (outcome: InsertOutcome, stored: [Int]) {
            func number(_ unit: JournalUnit) -> Int { Int(unit.device.rawValue.low) }
            let looksAtAll = lookup.removals != removals
            var stored: [Int] = []
            var outcome = InsertOutcome(wereThere: false, removals: removals, acceptsSince: nil, unknown: [])
            for unit in batch.units {
                guard looksAtAll || lookup.devices.contains(unit.device.rawValue) else {
                    stored.append(number(unit))
                    continue
                }
                guard let since = devices[number(unit)] else {
                    outcome.unknown.insert(unit.device.rawValue)
                    continue
                }
                if let since {
                    outcome.acceptsSince = outcome.acceptsSince.map { max($0, since) } ?? since
                    guard unit.receivedAt > since else { continue }
                }
                stored.append(number(unit))
            }
            return (outcome, stored)
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `never lets a row in that a look would have kept out`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var knowledge = DeviceKnowledge(capacity: 6)
        var server = Server()
        var now = 0
        /// Batches that Postgres has written and whose answers are under way, or that it is still to write.
        var underWay: [(batch: Batch, lookup: DeviceLookup, outcome: InsertOutcome?)] = []
        var spared = 0
        for _ in 0..<400 {
            now += Int.random(in: 0...2, using: &random)
            let device = Int.random(in: 0..<8, using: &random)
            switch Int.random(in: 0..<12, using: &random) {
            case 0: server.erase(device)
            case 1, 2: server.register(device, at: Self.start.advanced(by: .milliseconds(now)))
            case 3 where Bool.random(using: &random): knowledge.forget()
            case 4...6 where underWay.count < 2:
                let devices = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    Int.random(in: 0..<8, using: &random)
                }
                // Some were received a while ago: a batch that is written again.
                let batch = Self.batch(devices, receivedAt: now - Int.random(in: 0...60, using: &random))
                underWay.append((batch, knowledge.lookup(for: batch), nil))
            default:
                guard let index = underWay.indices.randomElement(using: &random) else { continue }
                let (batch, lookup, outcome) = underWay[index]
                if let outcome {
                    underWay.remove(at: index)
                    knowledge.learn(from: outcome, lookup: lookup, of: batch)
                } else {
                    let (outcome, stored) = server.write(batch, lookup)
                    let careful = server.write(batch, DeviceKnowledge.fullLookup(for: batch))
                    #expect(stored == careful.stored)
                    #expect(outcome.unknown == careful.outcome.unknown)
                    underWay[index].outcome = outcome
                    if lookup.removals == server.removals { spared += batch.units.count - lookup.devices.count }
                }
            }
        }
        #expect(spared > 0, "nothing was ever known")
    }
}
