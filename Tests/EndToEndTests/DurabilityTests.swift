import Glibc
import Model
import Testing

/// The hub, or its Postgres, is killed in the middle of a stream; the clients go on by themselves.
@Suite(
    .enabled(if: Trace.folder != nil, "the recorded tracks (../shared/data/traces) are not here"), .serialized,
    .timeLimit(.minutes(5)))
struct DurabilityTests {
    /// One fix at a time, so that the streams last long enough to be interrupted.
    private static let pace = ["--speed", "max", "--batch", "1", "--window", "1", "--patience", "3m"]

    /// Runs the tracks through four groups and calls `interrupt` several times while fixes come.
    ///
    /// - Returns: How often clients had to connect again.
    private func convoy(_ interruptions: Int, _ interrupt: (HubProcess) async throws -> Void) async throws -> Int {
        let traces = try Trace.all().filter { $0.points < 1500 }
        let total = traces.reduce(0) { $0 + $1.points }
        return try await HubProcess.with { hub in
            let convoy = try Convoy(traces, in: 4, on: hub.address, DurabilityTests.pace)
            do {
                // What is kept from loss begins with the stream; a registration that fails is the caller's to repeat.
                try await Support.eventually("every device is registered", within: .seconds(60)) {
                    var count = 0
                    for group in convoy.groups.compactMap(GroupID.init) {
                        count += try await hub.address.list(group).count
                    }
                    return count == traces.count
                }
                for number in 0..<interruptions {
                    let target = total * (number + 1) / (interruptions + 2)
                    try await Support.eventually("\(target) fixes are stored", within: .seconds(120)) {
                        try await hub.storedCount() >= target
                    }
                    let isStreaming = convoy.isStreaming
                    #expect(isStreaming, "it was over before it was interrupted")
                    try await interrupt(hub)
                }
                let (reports, reconnects) = try await convoy.finish()
                try await ConvoyCheck.run(convoy, reports, on: hub)
                await convoy.end()
                return reconnects
            } catch {
                await convoy.end()
                throw error
            }
        }
    }

    @Test func `a hub that is killed loses nothing it acknowledged`() async throws {
        let reconnects = try await convoy(3) { hub in
            hub.run.signal(SIGKILL)
            try await hub.restart()
        }
        #expect(reconnects > 0)
    }

    @Test func `a Postgres that is killed loses nothing that was acknowledged`() async throws {
        let reconnects = try await convoy(3) { hub in
            let postmaster = try #require(hub.postmaster)
            #expect(kill(postmaster, SIGKILL) == 0)
            try await Support.eventually("Postgres is back") {
                guard let successor = hub.postmaster, successor != postmaster else { return false }
                return try await hub.address.get("/api/health/ready").status == 200
            }
            #expect(hub.run.isRunning)
        }
        #expect(reconnects == 0, "clients noticed more than a pause")
    }
}
