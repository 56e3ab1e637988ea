import Testing

@testable import Travel

@Suite struct `Room for a file` {
    @Test(
        arguments: [
            // Nobody knows: Postgres will say.
            (nil, Int.max, true),
            (256 << 20, 0, true), ((256 << 20) - 1, 0, false), (256 << 20, 1, false), (258 << 20, 1 << 20, true),
            (258 << 20, (1 << 20) + 1, false), (0, 0, false), (UInt64.max, Int.max / 4, true),
            (1 << 62, Int.max, false),
        ] as [(UInt64?, Int, Bool)])
    func `is there with some to spare for what else is written`(free: UInt64?, bytes: Int, isThere: Bool) {
        #expect(DiskRoom { free }.holds(bytes) == isThere)
    }

    @Test func `is the disk's where Postgres is the hub's own, and Postgres' business elsewhere`() {
        // A file system that never has room.
        #expect(DiskRoom.free(on: "/proc") == 0)
        #expect(!DiskRoom(on: "/proc").holds(1))
        #expect(DiskRoom(on: "/proc/no/such/place").holds(1))
        #expect(DiskRoom(on: nil).holds(1))
    }
}
