import EventLoop
import Glibc
import Testing

@testable import Hub

@Suite struct `The pulse of the loops` {
    @Test func `stops with one that is stuck, and comes back with it`() async throws {
        let loops = try LoopGroup.start(count: 2)
        let pulse = LoopPulse(loops.loops)
        #expect(pulse.beat())
        try await waitForBeat(pulse)
        // One loop is held in the middle of a turn.
        let gate = await HeldLoop(loops.loops[1])
        // What was asked before is answered by both.
        await loops.loops[0].run {}
        #expect(pulse.beat())
        for _ in 0..<100 {
            #expect(!pulse.beat())
            await loops.loops[0].run {}
        }
        gate.release()
        try await waitForBeat(pulse)
        await loops.stop()
    }

    @Test func `does not wait for loops that have ended`() async throws {
        let loops = try LoopGroup.start(count: 1)
        let pulse = LoopPulse(loops.loops)
        await loops.stop()
        #expect(pulse.beat())
        #expect(!pulse.beat())
    }

    private func waitForBeat(_ pulse: LoopPulse) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while !pulse.beat() {
            try #require(ContinuousClock.now < deadline, "no beat")
            await Task.yield()
        }
    }
}

/// Keeps a loop's thread until it is let go of.
private final class HeldLoop: Sendable {
    private let write: Int32

    /// Returns when the loop is held.
    init(_ loop: Loop) async {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        write = ends[1]
        let read = ends[0]
        await withCheckedContinuation { continuation in
            loop.execute {
                continuation.resume()
                var byte: UInt8 = 0
                _ = Glibc.read(read, &byte, 1)
                close(read)
            }
        }
    }

    func release() {
        // A child of another test may hold the write end too: closing it would not be the end.
        var byte: UInt8 = 1
        _ = Glibc.write(write, &byte, 1)
        close(write)
    }
}

@Suite struct `Sockets handed over to a hub` {
    @Test(arguments: 1...6, 1...6)
    func `are all listened on, and by every loop`(sockets: Int, loops: Int) {
        let descriptors = (0..<sockets).map { Int32($0 + 3) }
        let shares = HubListening.shares(of: descriptors, among: loops)
        #expect(shares.count == loops)
        #expect(shares.allSatisfy { !$0.isEmpty })
        #expect(Set(shares.flatMap(\.self)) == Set(descriptors))
        // None twice on one loop.
        #expect(shares.allSatisfy { Set($0).count == $0.count })
    }
}
