/// How often a caller may do something: at most `limit` times in any stretch of time as long as `window`.
///
/// Counts by sixteenths of the window and remembers of each when its last came: a sixteenth is forgotten as a whole, once
/// its last is a window old. So never more than `limit` pass in any window, and nobody is refused for longer than a
/// sixteenth more than a list of every moment would refuse them; who comes at most once a sixteenth is counted exactly
/// (docs/adr/0009). It reads no clock, and its size is fixed.
///
/// Limit and window come with every call, because all callers of a policy share them; a window must not change.
package struct SlidingWindow: Sendable {
    /// What became of one attempt.
    package struct Verdict: Hashable, Sendable {
        package let isAdmitted: Bool
        /// How many more would be admitted at this moment.
        package let remaining: Int
        /// Milliseconds until more may be admitted than now; at least 1. After a refusal: until one is admitted.
        package let wait: Int64
    }

    /// The parts of a window; one more is kept, of which only an end lies in the window.
    private static let parts = 16
    private static let kept = 17

    private var counts: [17 of UInt32] = .init(repeating: 0)
    /// When the last of a part came, in grains since its beginning, rounded up.
    private var marks: [17 of UInt16] = .init(repeating: 0)
    /// Where the newest part is.
    private var slot: UInt8 = 0
    /// How many parts before the newest the oldest is of which anything counts; 0 if there is none.
    private var age: UInt8 = 0
    /// The number of the newest part, counted from the clock's origin.
    private var newest: UInt64 = 0

    package init() {}

    /// Counts an attempt, unless it is one too many.
    ///
    /// - Parameters:
    ///   - milliseconds: Of a monotonic clock. What comes with an earlier moment than the one before counts with that:
    ///     threads read their clocks apart.
    ///   - limit: 1 to 4 thousand million.
    ///   - window: In milliseconds, at least 1.
    package mutating func admit(at milliseconds: UInt64, limit: Int, window: UInt64) -> Verdict {
        let scale = Scale(window)
        let now = move(to: milliseconds, scale)
        forgetOld(at: now, scale)
        var total: UInt32 = 0
        for index in 0..<SlidingWindow.kept { total &+= counts[index] }
        guard Int(total) >= limit else {
            counts[Int(slot)] += 1
            marks[Int(slot)] = max(marks[Int(slot)], scale.mark(of: now, in: newest))
            return Verdict(
                isAdmitted: true, remaining: limit - Int(total) - 1,
                wait: SlidingWindow.wait(from: milliseconds, until: end(of: age, scale)))
        }
        var left = Int(total)
        var part = age
        while true {
            left -= Int(counts[place(of: part)])
            guard left >= limit, part > 0 else { break }
            part -= 1
        }
        return Verdict(
            isAdmitted: false, remaining: 0, wait: SlidingWindow.wait(from: milliseconds, until: end(of: part, scale)))
    }

    /// Where the part is that is so many before the newest.
    private func place(of age: UInt8) -> Int {
        let index = Int(slot) - Int(age)
        return index < 0 ? index + SlidingWindow.kept : index
    }

    /// The moment at which nothing of a part counts any more.
    private func end(of age: UInt8, _ scale: Scale) -> UInt64 {
        (newest - UInt64(age)) * scale.part + UInt64(marks[place(of: age)]) * scale.grain + scale.window
    }

    /// Makes the part of a moment the newest, if it is later, in place of what is too old to matter to it.
    ///
    /// - Returns: The moment, or the beginning of the newest part if that is later.
    private mutating func move(to moment: UInt64, _ scale: Scale) -> UInt64 {
        let part = moment / scale.part
        guard part > newest else { return max(moment, newest * scale.part) }
        let steps = part - newest
        newest = part
        if steps >= UInt64(SlidingWindow.kept) {
            counts = .init(repeating: 0)
            marks = .init(repeating: 0)
            age = 0
        } else {
            for _ in 0..<steps {
                slot = Int(slot) == SlidingWindow.parts ? 0 : slot + 1
                counts[Int(slot)] = 0
                marks[Int(slot)] = 0
            }
            age = UInt8(min(Int(age) + Int(steps), SlidingWindow.parts))
        }
        return moment
    }

    /// Parts end in the order in which they began, so that only the oldest need be looked at.
    private mutating func forgetOld(at now: UInt64, _ scale: Scale) {
        while true {
            let index = place(of: age)
            if counts[index] > 0, end(of: age, scale) > now { return }
            counts[index] = 0
            guard age > 0 else { return }
            age -= 1
        }
    }

    private static func wait(from start: UInt64, until end: UInt64) -> Int64 { end > start ? Int64(end - start) : 1 }

    /// The lengths that follow from a window's, in milliseconds.
    private struct Scale {
        let window: UInt64
        let part: UInt64
        /// What is told apart within a part: a millisecond, of windows beyond 17 minutes more.
        let grain: UInt64

        init(_ window: UInt64) {
            self.window = window
            part = (window + UInt64(SlidingWindow.parts) - 1) / UInt64(SlidingWindow.parts)
            grain = part / UInt64(UInt16.max) + 1
        }

        func mark(of moment: UInt64, in number: UInt64) -> UInt16 {
            let offset = moment - number * part
            return UInt16(grain == 1 ? offset : (offset + grain - 1) / grain)
        }
    }
}
