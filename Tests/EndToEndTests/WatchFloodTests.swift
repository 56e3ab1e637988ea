import Configuration
import EventLoop
import Model
import Testing
import WebSocket
import Wire

/// A client that asks without reading the answers.
@Suite(.timeLimit(.minutes(2)))
struct WatchFloodTests {
    @Sendable private static func smallQueues(_ configuration: inout HubConfiguration) {
        configuration.fanout.outboundBytes = 16_384
    }

    @Test func `who asks for snapshots and reads none is not read either`() async throws {
        try await RunningHub.with(WatchFloodTests.smallQueues) { hub in
            let group = GroupID.fresh()
            let name = String(repeating: "long name ", count: 5)
            let own = try await hub.address.register(in: group, name: name)
            for _ in 1..<20 { try await hub.address.register(in: group, name: name) }
            let client = try await TestClient.connect(hub.address, as: own)
            // Of the same device, so that it is served by the same loop.
            let neighbour = try await TestClient.connect(hub.address, as: own)
            await client.stopReading()
            // Requests and answers of 4 KB each, more of both than the kernel holds.
            let padding = String(repeating: "x", count: 4000)
            let request = Array(#"{"type":"watch","group":"\#(group)","padding":"\#(padding)"}"#.utf8)
            let connection = client.connection
            await connection.loop.run { for _ in 0..<8000 { connection.send(text: request) } }
            var queued = -1
            try await Support.eventually("the hub takes no more") {
                let before = queued
                // Turns of both loops, in which the one would have written and the other read, if they could.
                for _ in 0..<20 {
                    try await neighbour.settle()
                    queued = await connection.loop.run { connection.queuedBytes }
                }
                return queued == before
            }
            #expect(queued > 0)
            #expect(try await hub.address.serves())
            await client.abort()
            await neighbour.close()
        }
    }
}
