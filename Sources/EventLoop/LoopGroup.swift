internal import CUV

/// The loops of one process, in a fixed order.
package final class LoopGroup: Sendable {
    package let loops: [Loop]

    private init(loops: [Loop]) { self.loops = loops }

    /// Starts `count` loops, at least one; none is left running if one cannot be started.
    package static func start(count: Int) throws(LoopError) -> LoopGroup {
        precondition(count > 0, "a group has at least one loop")
        var loops: [Loop] = []
        do throws(LoopError) {
            for index in 0..<count { loops.append(try Loop.start(index: index)) }
        } catch {
            for loop in loops { loop.beginStopping {} }
            throw error
        }
        return LoopGroup(loops: loops)
    }

    /// How many loops can run at the same time: the cores that this process may use, at least one.
    package static var usefulCount: Int { max(1, Int(uv_available_parallelism())) }

    /// The loop on which everything of that key lives, for as long as the process does.
    package func loop(forHash hash: UInt64) -> Loop {
        loops[Int(hash % UInt64(loops.count))]
    }

    /// The place of the loop for a key given as text; the same in every run and process (FNV-1a).
    package func loop(forKey key: String) -> Loop {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return loop(forHash: hash ^ hash >> 32)
    }

    /// Stops the loops, one after another. Not from one of them.
    package func stop() async {
        for loop in loops { await loop.stop() }
    }
}
