import Testing

@testable import ChatBenchmark

@Suite struct `The report of a rate` {
    /// One sample a second of a hub that is behind by `backlogs`.
    private func report(
        _ backlogs: [Int], rate: Int = 1000, wasEnded: Bool = false, isEmptied: Bool = true
    ) throws -> CeilingReport {
        let samples = backlogs.enumerated().map { second, backlog in
            CeilingReport.Sample(
                moment: UInt64(second) * 1_000_000_000, due: rate * second, acknowledged: rate * second - backlog)
        }
        return CeilingReport(
            settings: ChatSettings(address: try #require(HubAddress("http://127.0.0.1:1"))), rate: Double(rate),
            samples: samples, wasEnded: wasEnded, isEmptied: isEmptied, tally: ChatTally())
    }

    @Test func `a backlog that comes and goes is steady`() throws {
        #expect(try report([10, 400, 30, 20, 900, 10, 15, 20, 25]).isSteady)
    }

    @Test func `a backlog that grows by more than a fifth of a second is not`() throws {
        #expect(try !report([10, 60, 110, 160, 210, 260, 310, 360, 410]).isSteady)
        #expect(try report([10, 30, 50, 70, 90, 110, 130, 150, 170]).isSteady)
    }

    @Test func `a rate that was given up, or whose messages were not all acknowledged, is not steady`() throws {
        #expect(try !report([10, 10, 10], wasEnded: true).isSteady)
        #expect(try !report([10, 10, 10], isEmptied: false).isSteady)
        #expect(try !report([10]).isSteady)
    }

    @Test func `its seconds are those between its samples`() throws {
        #expect(try report([0, 0, 0, 0]).seconds == 3)
    }
}
