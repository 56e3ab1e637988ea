internal import Glibc

/// Begins and ends spans for the whole process; there is none while tracing is off, and whoever holds `nil` in its place
/// spends one branch. Any thread may use it.
package final class Tracer: Sendable {
    private let sink: any SpanSink
    /// A trace that begins here is recorded if the upper 63 bits of its random half are below this.
    private let threshold: UInt64
    private let now: @Sendable () -> UInt64

    /// The trace of the running task, for what has no other way to learn of it: Postgres' queries.
    @TaskLocal package static var current: TraceContext?

    /// - Parameters:
    ///   - ratio: 0…1, which part of the traces that begin here are recorded. Traces that came from elsewhere are recorded
    ///     if they were there.
    ///   - now: Nanoseconds since the epoch; the wall clock by default.
    package init(ratio: Double, sink: any SpanSink, now: (@Sendable () -> UInt64)? = nil) {
        precondition((0...1).contains(ratio), "a ratio is 0 to 1")
        threshold = UInt64(ratio * 0x1p63)
        self.sink = sink
        self.now = now ?? Tracer.wallClock
    }

    /// The context of work that begins in this process, or follows from a caller's `parent`, and its span if it is
    /// recorded.
    ///
    /// - Parameter isSampled: Whether it is recorded if it has no parent; the ratio decides if nothing does.
    package func enter(
        _ name: @autoclosure () -> String, _ kind: Span.Kind = .server, parent: TraceContext?, isSampled: Bool? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> (context: TraceContext, span: Span?) {
        let id = generator.next() | 1
        let high = parent?.span.traceHigh ?? generator.next() | 1
        let low = parent?.span.traceLow ?? generator.next()
        // The ratio by the trace's own random bits, so that hubs that share a trace decide alike.
        let context = SpanContext(
            traceHigh: high, traceLow: low, spanID: id,
            isSampled: parent?.span.isSampled ?? isSampled ?? (low >> 1 < threshold))
        let traced = TraceContext(context, state: parent?.state ?? "")
        guard context.isSampled else { return (traced, nil) }
        let span = Span(
            name(), kind, context: context, parentID: parent?.span.spanID ?? 0, isParentRemote: parent != nil,
            state: traced.state, start: now())
        return (traced, span)
    }

    /// Work that is part of a span of this process; nothing if that is not recorded.
    package func begin(_ name: @autoclosure () -> String, _ kind: Span.Kind = .inside, in parent: SpanContext) -> Span?
    {
        guard parent.isSampled else { return nil }
        var generator = SystemRandomNumberGenerator()
        let context = SpanContext(
            traceHigh: parent.traceHigh, traceLow: parent.traceLow, spanID: generator.next() | 1, isSampled: true)
        return Span(
            name(), kind, context: context, parentID: parent.spanID, isParentRemote: false, state: "", start: now())
    }

    package func end(_ span: Span) {
        var span = span
        // The wall clock may have been set back meanwhile.
        span.end = max(span.start, now())
        sink.take(span)
    }

    private static let wallClock: @Sendable () -> UInt64 = {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
