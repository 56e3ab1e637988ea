import Actors
import HubTesting
import Model
import Testing

/// A listing is encoded again when, and only when, the group has changed since.
struct ListingTests {
    private let world: LiveWorld
    private let group: GroupActor

    init() throws {
        world = try LiveWorld(limits: LiveLimits(tick: .zero, offlineGrace: .seconds(1), keptListings: 2))
        for number in 1...3 { try world.register(number) }
        group = try world.load()
    }

    /// What a listing says, as bytes.
    private static func text(_ members: [LiveMember]) -> [UInt8] { Array("\(members)".utf8) }

    /// Asks for the listing, which must be what a fresh one is.
    ///
    /// - Returns: Whether it was encoded for this.
    private func isEncoded(_ group: GroupActor, _ comment: Comment? = nil) -> Bool {
        var isEncoded = false
        let (kept, fresh) = world.scheduler.turn {
            group.assumeIsolated { group in
                let kept = group.listing { members in
                    isEncoded = true
                    return Self.text(members)
                }
                return (kept, Self.text(group.listing()))
            }
        }
        #expect(kept == fresh, comment)
        return isEncoded
    }

    @Test func `is kept until something changes`() throws {
        #expect(isEncoded(group))
        #expect(!isEncoded(group))
        let device = try world.device(1)
        world.scheduler.turn { _ = device.reportNow(LiveWorld.fix(1), at: world.clock.now) }
        #expect(isEncoded(group))
        #expect(!isEncoded(group))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `is what the group is, whatever happens to it`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let session = Session()
        var members: Set<Int> = [1, 2, 3]
        for step in 0..<200 {
            let number = Int.random(in: 1...4, using: &random)
            let device = members.contains(number) ? try world.device(number) : nil
            let moment = world.clock.now
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<2: world.scheduler.turn { _ = device?.reportNow(LiveWorld.fix(step), at: moment) }
            case 2: world.scheduler.turn { _ = device?.reportNow(LiveWorld.fix(1), at: moment) }
            case 3: world.scheduler.turn { device?.assumeIsolated { $0.seen(at: moment) } }
            case 4: world.scheduler.turn { _ = device?.assumeIsolated { $0.connect(session) } }
            case 5: world.scheduler.turn { device?.assumeIsolated { $0.disconnect(session) } }
            case 6: world.scheduler.turn { device?.assumeIsolated { $0.declare(.busy, note: "\(step)") } }
            case 7:
                try world.join(number, named: "Name \(Int.random(in: 0..<3, using: &random))")
                members.insert(number)
            case 8 where device != nil:
                try world.deactivate(number)
                members.remove(number)
            default: world.scheduler.advance(by: .milliseconds(Int.random(in: 1..<1500, using: &random)))
            }
            _ = isEncoded(group, "seed \(seed), step \(step)")
        }
    }

    @Test func `is forgotten for those asked for since`() throws {
        let others = try ["one", "two"].map { name in
            let id = try #require(GroupID(name))
            try world.register(name == "one" ? 11 : 12, in: id)
            return try world.load(id)
        }
        #expect(isEncoded(group))
        #expect(isEncoded(others[0]))
        #expect(!isEncoded(group))
        #expect(isEncoded(others[1]))
        #expect(isEncoded(group), "two are kept, and this was the oldest")
        #expect(!isEncoded(others[1]))
        #expect(isEncoded(others[0]))
    }
}
