import Model
import Testing

/// What must hold when a convoy has arrived.
enum ConvoyCheck {
    /// Every fix of every track was acknowledged, and what was acknowledged is stored exactly once; the watchers' last
    /// positions are each track's newest; nothing is left in a buffer.
    static func run(_ convoy: Convoy, _ reports: [Convoy.Report], on hub: HubProcess) async throws {
        #expect(reports.count == convoy.traces.count)
        let stored = try await hub.stored()
        for report in reports {
            let trace = try #require(convoy.traces[report.track])
            #expect(report.unacknowledged == 0)
            #expect(report.acknowledged.count == trace.points, "\(report.track)")
            let rows = stored[report.device] ?? []
            let missing = Set(report.acknowledged).subtracting(rows)
            #expect(missing.isEmpty, "\(missing.count) acknowledged fixes of \(report.track) are missing")
            #expect(rows.count == Set(rows).count, "fixes of \(report.track) are stored twice")
            #expect(rows.count == report.acknowledged.count, "more is stored of \(report.track) than was acknowledged")
        }
        try await Support.eventually("the watchers have seen the newest") {
            let seen = try convoy.seen()
            return reports.allSatisfy {
                seen[$0.group]?[$0.device]?.capturedAt.milliseconds == $0.acknowledged.max()
            }
        }
        let seen = try convoy.seen()
        for report in reports {
            let last = try #require(seen[report.group]?[report.device])
            let trace = try #require(convoy.traces[report.track])
            #expect(last.latitude == trace.last.latitude && last.longitude == trace.last.longitude)
        }
        #expect(try await hub.address.metric("hub_journal_rows_held") == 0)
    }
}
