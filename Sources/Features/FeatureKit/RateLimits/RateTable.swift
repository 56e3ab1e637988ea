internal import EventLoop
internal import Model
internal import Synchronization

/// The windows of all callers of one policy, for all loops.
///
/// A caller's connections are on several loops, and each must have its answer before it goes on: a hop to an owner would
/// cost a hundred times what is to be decided. So callers are spread over shards, each behind a lock that is held for the
/// time of one look-up and calls nobody (docs/adr/0009).
final class RateTable: Sendable {
    /// A power of two.
    private static let shardCount = 16

    private let shards: [RateShardBox]
    /// In milliseconds.
    private let window: UInt64
    /// Unknown outside, so that nobody can choose addresses of one shard.
    private let seed: UInt64

    /// The most callers that are remembered, each counted once a generation.
    static let capacity = shardCount * 2 * RateShard.capacity

    init(window: Duration) {
        self.window = UInt64(window.components.seconds) * 1000
        var generator = SystemRandomNumberGenerator()
        seed = generator.next() | 1
        shards = (0..<RateTable.shardCount).map { _ in RateShardBox() }
    }

    /// Counts a request of `subject`, unless it is one too many. Any thread.
    func admit(_ subject: RateSubject, at now: LoopInstant, limit: Int) -> SlidingWindow.Verdict {
        let mixed = (subject.high ^ subject.low &* 0x9E37_79B9_7F4A_7C15) &* seed
        return shards[Int(mixed >> 60)].shard.withLock {
            $0.admit(subject, at: now.milliseconds, limit: limit, window: window)
        }
    }

    /// Any thread.
    func forgetIdle(at now: LoopInstant) {
        for box in shards { box.shard.withLock { $0.forgetIdle(at: now.milliseconds, window: window) } }
    }

    /// Callers that are remembered.
    var count: Int { shards.reduce(0) { $0 + $1.shard.withLock { $0.count } } }
}

/// A shard and its lock.
private final class RateShardBox: Sendable {
    let shard = Mutex(RateShard())
}
