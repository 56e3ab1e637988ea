import Model
import Testing

/// The recorded tracks of real people and buses, streamed by real client processes through four groups.
///
/// As fast as the hub takes them; scripts/measure-tracks.sh does the same at a hundred times the recorded speed.
@Suite(
    .enabled(if: Trace.folder != nil, "the recorded tracks (../shared/data/traces) are not here"),
    .timeLimit(.minutes(5)))
struct RealTracksTests {
    @Test func `every fix of every track is stored once and every watcher ends with the newest`() async throws {
        let traces = try Trace.all()
        #expect(traces.count >= 40)
        try await HubProcess.with { hub in
            let convoy = try Convoy(traces, in: 4, on: hub.address, ["--speed", "max"])
            do {
                let (reports, reconnects) = try await convoy.finish()
                #expect(reconnects == 0)
                try await ConvoyCheck.run(convoy, reports, on: hub)
            } catch {
                await convoy.end()
                throw error
            }
            await convoy.end()
        }
    }
}
