import Model
import Testing

/// A generator whose numbers are known.
private struct Scripted: RandomNumberGenerator {
    var numbers: [UInt64]

    mutating func next() -> UInt64 { numbers.removeFirst() }
}

@Suite struct `A unique id` {
    @Test(arguments: [
        "00000000-0000-0000-0000-000000000000", "0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ])
    func `reads back what it writes`(text: String) throws {
        #expect(try #require(UniqueID(text)).description == text)
    }

    @Test func `is read in either case and written in lower case`() throws {
        let id = try #require(UniqueID("0190D2F4-7D3A-7C61-B0D1-5F0A4C1E2B3D"))
        #expect(id.high == 0x0190_d2f4_7d3a_7c61)
        #expect(id.low == 0xb0d1_5f0a_4c1e_2b3d)
        #expect(id.description == "0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d")
    }

    @Test(arguments: [
        "", "0190d2f47d3a7c61b0d15f0a4c1e2b3d", "0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3",
        "0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d0",
        "{0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d}", "0190d2f4_7d3a-7c61-b0d1-5f0a4c1e2b3d",
        "0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3g", "0190d2f-47d3a-7c61-b0d1-5f0a4c1e2b3d",
        " 190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d",
    ])
    func `is not read from anything else`(text: String) {
        #expect(UniqueID(text) == nil)
    }

    @Test func `of version 7 holds its moment, version and variant (RFC 9562, section 5-7)`() {
        var generator = Scripted(numbers: [.max, .max])
        let id = UniqueID.version7(at: Timestamp(milliseconds: 0x0190_d2f4_7d3a), using: &generator)
        #expect(id.high == 0x0190_d2f4_7d3a_7fff)
        #expect(id.low == 0xbfff_ffff_ffff_ffff)
    }

    @Test func `of version 7 sorts by its moment`() {
        let ids = (0..<50).map { UniqueID.version7(at: Timestamp(milliseconds: 1_795_170_600_000 + Int64($0))) }
        #expect(ids == ids.sorted())
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
    }
}

@Suite struct `A group's name` {
    @Test(arguments: ["ab", "family", "A-b_9", String(repeating: "x", count: 50)])
    func `is 2 to 50 letters, digits, hyphens and underscores`(name: String) {
        #expect(GroupID(name)?.rawValue == name)
    }

    @Test(arguments: ["", "a", String(repeating: "x", count: 51), "a b", "a.b", "familié", "a/b", "ab\n", "ａｂ"])
    func `is nothing else`(name: String) {
        #expect(GroupID(name) == nil)
    }
}

@Suite struct `A moment` {
    @Test func `moves by a duration, cut to milliseconds, and knows the way back`() {
        let moment = Timestamp(milliseconds: 1_000)
        #expect(moment.advanced(by: .microseconds(1_999)).milliseconds == 1_001)
        #expect(moment.advanced(by: .seconds(-2)).milliseconds == -1_000)
        #expect(moment.duration(to: Timestamp(milliseconds: 250)) == .milliseconds(-750))
    }
}

@Suite struct `An API key` {
    @Test func `is valid while it is active and has not expired`() {
        var key = APIKey(
            id: APIKeyID(UniqueID(high: 1, low: 2)), prefix: "pm_abcde", name: "k", isAdmin: false, isActive: true,
            createdAt: Timestamp(milliseconds: 0), expiresAt: Timestamp(milliseconds: 100))
        #expect(key.isValid(at: Timestamp(milliseconds: 99)))
        #expect(!key.isValid(at: Timestamp(milliseconds: 100)))
        key.expiresAt = nil
        #expect(key.isValid(at: Timestamp(milliseconds: 1_000_000)))
        key.isActive = false
        #expect(!key.isValid(at: Timestamp(milliseconds: 1)))
    }
}

@Suite struct `Presence` {
    @Test func `shows an invisible one as offline and the others as they are`() {
        #expect(PresenceStatus.invisible.shown == .offline)
        for status in PresenceStatus.allCases where status != .invisible { #expect(status.shown == status) }
    }
}
