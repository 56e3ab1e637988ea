internal import Model

/// Decides which acknowledgements may wait for the group's next frame, with which they leave in one packet; reads no clock.
///
/// One waits only if the client seems to report at a pace of its own: whoever sends the next report because the last was
/// acknowledged, over a line that is not slow, is answered at once (docs/adr/0054). Moments are milliseconds of the loop's clock.
struct AckHold {
    /// The longest from a report to its acknowledgement, as far as it is made to wait.
    static let longest: Int64 = 45

    /// A client that reports sooner than this after it was last answered, or last reported, may be waiting for its answers.
    static let pace: Int64 = 50

    /// 0 if none is. Every session has one of these, so its members are in the order that leaves no gaps.
    private var held: UInt64 = 0
    /// When the client last reported or was answered; the lower half of the clock, which is enough to tell 50 ms.
    private var lastExchange: UInt32 = 0
    private var isPaced = false

    /// A report came in.
    ///
    /// - Parameter pending: How many before it are not acknowledged.
    mutating func noteReport(at now: Int64, pending: Int) {
        isPaced = pending == 0 && held == 0 && age(at: now) >= AckHold.pace
        lastExchange = UInt32(truncatingIfNeeded: now)
    }

    /// The last report is committed.
    ///
    /// - Parameter pending: How many others are not.
    /// - Returns: By when the frame must be due that its acknowledgement may wait for; nothing if it may not wait.
    func latestFrame(at now: Int64, pending: Int) -> LiveInstant? {
        guard isPaced, pending == 0 else { return nil }
        return LiveInstant(milliseconds: now - age(at: now) + AckHold.longest)
    }

    /// Since the client last reported or was answered.
    private func age(at now: Int64) -> Int64 { Int64(UInt32(truncatingIfNeeded: now) &- lastExchange) }

    mutating func hold(_ token: AckToken) { held = token.rawValue }

    /// What was held, which is to be said now.
    mutating func release() -> AckToken? {
        guard held != 0 else { return nil }
        defer { held = 0 }
        return AckToken(rawValue: held)
    }

    /// A report was acknowledged, or refused.
    mutating func noteAnswer(at now: Int64) {
        lastExchange = UInt32(truncatingIfNeeded: now)
        isPaced = false
    }
}
