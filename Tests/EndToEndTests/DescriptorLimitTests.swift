import EventLoop
import Foundation
import HubTesting
import Model
import Testing
import Wire

/// A hub that may open no further file (the failure table of the design: "too many files").
@Suite(.timeLimit(.minutes(2)))
struct DescriptorLimitTests {
    @Test func `new connections are refused, those that are open are kept, and room lets new ones in`() async throws {
        try await HubProcess.with { hub in
            let group = GroupID.fresh()
            let id = try await hub.address.register(in: group)
            let device = try await TestClient.connect(hub.address, as: id)
            let open = try openFiles(of: hub)
            try await limit(hub, to: open + 4)

            // More than there is room for: some are closed by the hub at once, and it does not spin over the rest.
            var crowd: [RawConnection] = []
            for _ in 0..<30 { crowd.append(try await RawConnection.connect(port: hub.port)) }
            let refused = await withTaskGroup(of: Bool.self) { group in
                for connection in crowd {
                    group.addTask {
                        await connection.send("GET /api/health/live HTTP/1.1\r\nHost: hub\r\n\r\n")
                        return (try? await connection.answer()) == nil
                    }
                }
                return await group.reduce(into: 0) { count, isRefused in count += isRefused ? 1 : 0 }
            }
            let openNow = try openFiles(of: hub)
            #expect((1...30).contains(refused), "\(open) files were open before the crowd came, \(openNow) after")
            #expect(try await device.ask(.location(.sample())).isAck)

            for connection in crowd { await connection.close() }
            try await limit(hub, to: 4096)
            try await Support.eventually("a new client is served") {
                (try? await hub.address.get("/api/health/live").status) == 200
            }
        }
    }

    private func openFiles(of hub: HubProcess) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(hub.run.pid)/fd").count
    }

    private func limit(_ hub: HubProcess, to count: Int) async throws {
        let outcome = try await ProgramRun.run(
            system: "prlimit", ["--pid", "\(hub.run.pid)", "--nofile=\(count):4096"])
        try #require(outcome.status == 0)
    }
}
