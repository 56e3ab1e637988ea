import CAllocations
import Configuration
import EventLoop
import HubTesting
import Model
import Testing
import Wire

@testable import Hub

/// How often the hub's loop allocates memory for what it does all the time: counted, so the same on every machine. The programs of the
/// tests are not optimised; `make count` has the numbers of the hub as it is released.
@Suite(.enabled(if: allocations_are_counted(), "a sanitizer has malloc's place"))
struct `What a location takes from the heap` {
    /// Allocations of the hub's only loop for each location that one device of a group of `size` reports and all watch.
    private func allocations(groupOf size: Int, isPacked: Bool) async throws -> Double {
        try await RunningHub.with {
            $0.server.loops = 1
            $0.fanout.tick = .zero
            $0.locations.store = false
        } _: { hub in
            let group = GroupID.fresh("heap")
            var clients: [TestClient] = []
            for _ in 0..<size {
                let device = try await hub.address.register(in: group)
                let client =
                    isPacked
                    ? try await TestClient.connectPacked(hub.address, as: device)
                    : try await TestClient.connect(hub.address, as: device)
                try await client.ask(.watch(group))
                clients.append(client)
            }
            func report(_ count: Int, from first: Int) async throws {
                for number in first..<first + count {
                    let moment = Timestamp.now.advanced(by: .milliseconds(number - 10_000))
                    try await clients[0].ask(.location(.sample(at: moment, latitude: 48 + Double(number) / 10_000)))
                }
            }
            // Everything has its size by then.
            try await report(50, from: 0)
            let loop = hub.hub.loops.loops[0]
            // What the loop does now and then, such as a look at the database, is not of a location: the least of five counts.
            var least = Double.infinity
            for batch in 0..<5 {
                let before = await loop.run { allocations_of_this_thread() }
                try await report(40, from: 50 + batch * 40)
                let after = await loop.run { allocations_of_this_thread() }
                least = min(least, Double(after - before) / 40)
            }
            for client in clients { await client.close() }
            return least
        }
    }

    /// In the hub as it is released a delivery takes none, and everything else four.
    @Test(arguments: [(false, 19), (true, 17)])
    func `is what it was, and one more for each delivery`(isPacked: Bool, forTheLocation: Double) async throws {
        let few = try await allocations(groupOf: 2, isPacked: isPacked)
        let many = try await allocations(groupOf: 20, isPacked: isPacked)
        // What timers allocate now and then is well below one.
        #expect(few < forTheLocation + 0.9)
        #expect((many - few) / 18 < 1.04)
        #expect(few > 2, "nothing was counted")
    }
}
