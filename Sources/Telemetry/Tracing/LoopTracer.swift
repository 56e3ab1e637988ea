/// The ``Tracer`` as one loop uses it, and the span whose work the loop is doing just now, so that a call from a session
/// into an actor and on into the journal need not hand one along.
///
/// `@unchecked Sendable`: references may be held anywhere, methods are called on the loop only.
package final class LoopTracer: @unchecked Sendable {
    package let tracer: Tracer
    /// Of a recorded trace; nothing between such pieces of work.
    package private(set) var current: SpanContext?
    private var generator = SystemSeededGenerator()

    package init(_ tracer: Tracer) { self.tracer = tracer }

    /// As ``Tracer/enter(_:_:parent:isSampled:using:)``.
    package func enter(
        _ name: @autoclosure () -> String, _ kind: Span.Kind = .server, parent: TraceContext?, isSampled: Bool? = nil
    ) -> (context: TraceContext, span: Span?) {
        tracer.enter(name(), kind, parent: parent, isSampled: isSampled, using: &generator)
    }

    /// Does `work`, which does not wait, as part of `span`, or of none.
    package func with<Result>(_ span: SpanContext?, _ work: () -> Result) -> Result {
        let before = current
        current = span.flatMap { $0.isSampled ? $0 : nil }
        defer { current = before }
        return work()
    }

    /// Work that is part of what the loop does just now; nothing if that is not recorded.
    package func begin(_ name: @autoclosure () -> String, _ kind: Span.Kind = .inside) -> Span? {
        guard let current else { return nil }
        return tracer.begin(name(), kind, in: current)
    }
}

/// Names traces: random, but not secret; the system's generator would cost a call into the kernel for each (SplitMix64).
private struct SystemSeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init() {
        var system = SystemRandomNumberGenerator()
        state = system.next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
