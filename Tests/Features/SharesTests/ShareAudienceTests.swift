import EventLoop
import Model
import Telemetry
import Testing

@testable import Shares

/// Who may look at shares, and what they hold.
struct ShareAudienceTests {
    private let audience = ShareAudience(MetricsRegistry())

    private static func share(_ number: Int) -> UniqueID { UniqueID(high: 1, low: UInt64(number)) }

    private static func bell(_ number: Int, from address: UInt32) -> ShareBell {
        ShareBell(share(number), from: IPAddress(ipv4: address))
    }

    @Test func `one address has so many views at most, of whatever shares`() {
        let bells = (0..<ShareLimits.viewersOfAddress).map { Self.bell($0, from: 7) }
        for bell in bells { #expect(audience.enter(bell) == .admitted) }
        #expect(audience.enter(Self.bell(100, from: 7)) == .tooManyOfAddress)
        #expect(audience.enter(Self.bell(100, from: 8)) == .admitted)
        audience.leave(bells[0])
        // Whoever is not in takes nobody else's place along.
        audience.leave(bells[0])
        #expect(audience.enter(Self.bell(100, from: 7)) == .admitted)
        #expect(audience.enter(Self.bell(100, from: 7)) == .tooManyOfAddress)
    }

    @Test func `the addresses of one IPv6 network are one`() throws {
        for number in 0..<ShareLimits.viewersOfAddress {
            let address = try #require(IPAddress("2001:db8:0:1::\(number + 1)"))
            #expect(audience.enter(ShareBell(Self.share(number), from: address)) == .admitted)
        }
        let neighbour = try #require(IPAddress("2001:db8:0:1:ffff::1"))
        #expect(audience.enter(ShareBell(Self.share(50), from: neighbour)) == .tooManyOfAddress)
        let stranger = try #require(IPAddress("2001:db8:0:2::1"))
        #expect(audience.enter(ShareBell(Self.share(50), from: stranger)) == .admitted)
    }

    @Test func `a share has so many views at most, and a hub so many of all`() {
        for viewer in 0..<ShareLimits.viewersOfShare {
            #expect(audience.enter(Self.bell(0, from: UInt32(viewer))) == .admitted)
        }
        #expect(audience.enter(Self.bell(0, from: 5000)) == .full)
        for viewer in ShareLimits.viewersOfShare..<ShareLimits.viewers {
            #expect(audience.enter(Self.bell(viewer, from: UInt32(viewer))) == .admitted)
        }
        #expect(audience.enter(Self.bell(5000, from: 5000)) == .full)
    }

    @Test func `views take so many places of a group at most, and give them back`() throws {
        let group = try #require(GroupID("walkers"))
        let other = try #require(GroupID("runners"))
        for _ in 0..<ShareLimits.observersOfGroup { #expect(audience.takePlace(in: group)) }
        #expect(!audience.takePlace(in: group))
        #expect(audience.takePlace(in: other))
        audience.givePlaceBack(in: group)
        #expect(audience.takePlace(in: group))
        #expect(!audience.takePlace(in: group))
    }

    @Test func `an ended share is over before the ring of before is heard`() async {
        let looking = Self.bell(1, from: 1)
        let elsewhere = Self.bell(2, from: 2)
        #expect(audience.enter(looking) == .admitted && audience.enter(elsewhere) == .admitted)
        looking.ring()
        audience.end(Self.share(1))
        #expect(looking.isOver && !elsewhere.isOver)
        var heard = 0
        for await _ in looking.rings { heard += 1 }
        #expect(heard == 1, "the ring of before is still heard, so that a view looks at the flag")
    }
}
