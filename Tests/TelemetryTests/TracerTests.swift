import HubTesting
import Synchronization
import Telemetry
import Testing

/// Which work is recorded, and as part of what.
@Suite struct `Tracing` {
    final class Box: SpanSink {
        private let held = Mutex<[Span]>([])
        var spans: [Span] { held.withLock { $0 } }
        func take(_ span: Span) { held.withLock { $0.append(span) } }
    }

    private let box = Box()

    private static func parent(isSampled: Bool) throws -> TraceContext {
        try #require(
            TraceContext(
                parents: ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0\(isSampled ? 1 : 0)"],
                states: ["a=b"]))
    }

    @Test(arguments: [0, 0.01, 0.5, 1])
    func `records the part of new traces that it is told to`(ratio: Double) {
        let tracer = Tracer(ratio: ratio, sink: box)
        var generator = SeededGenerator(seed: 7)
        let count = 20_000
        let recorded = (0..<count).count { _ in tracer.enter("x", parent: nil, using: &generator).span != nil }
        #expect(abs(Double(recorded) / Double(count) - ratio) < 0.015)
        if ratio == 0 { #expect(recorded == 0) }
        if ratio == 1 { #expect(recorded == count) }
    }

    @Test func `does as the caller does, whatever the ratio`() throws {
        var generator = SeededGenerator(seed: 1)
        let (all, none) = (Tracer(ratio: 1, sink: box), Tracer(ratio: 0, sink: box))
        let sampled = none.enter("x", parent: try Self.parent(isSampled: true), using: &generator)
        let span = try #require(sampled.span)
        #expect(span.context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(span.parentID == 0x00f0_67aa_0ba9_02b7)
        #expect(span.isParentRemote)
        #expect(sampled.context.state == "a=b")
        let unsampled = all.enter("x", parent: try Self.parent(isSampled: false), using: &generator)
        #expect(unsampled.span == nil)
        // What follows from it is told so.
        #expect(unsampled.context.span.traceparent.hasSuffix("-00"))
        #expect(unsampled.context.span.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(all.begin("inside", in: unsampled.context.span) == nil)
    }

    @Test func `decides alike for one trace everywhere`() {
        let (one, other) = (Tracer(ratio: 0.3, sink: box), Tracer(ratio: 0.3, sink: box))
        for seed in 0..<200 {
            var (first, second) = (SeededGenerator(seed: UInt64(seed)), SeededGenerator(seed: UInt64(seed)))
            #expect(
                one.enter("x", parent: nil, using: &first).span == nil
                    ? other.enter("x", parent: nil, using: &second).span == nil
                    : other.enter("x", parent: nil, using: &second).span != nil)
        }
    }

    @Test func `what a loop does for a span is part of it, and after it no longer`() throws {
        let loop = LoopTracer(Tracer(ratio: 1, sink: box))
        #expect(loop.begin("alone") == nil)
        let outer = try #require(loop.enter("outer", parent: nil).span)
        loop.with(outer.context) {
            guard let inner = loop.begin("inner") else {
                Issue.record("nothing was begun")
                return
            }
            loop.with(inner.context) { #expect(loop.current == inner.context) }
            #expect(loop.current == outer.context)
            loop.with(nil) { #expect(loop.begin("outside") == nil) }
            loop.tracer.end(inner)
        }
        #expect(loop.current == nil)
        let inner = try #require(box.spans.first)
        #expect(inner.parentID == outer.context.spanID)
        #expect(inner.context.traceID == outer.context.traceID)
        #expect(!inner.isParentRemote)
    }

    @Test func `keeps 128 links and counts the others`() throws {
        let tracer = Tracer(ratio: 1, sink: box)
        var generator = SeededGenerator(seed: 3)
        var span = try #require(tracer.enter("x", parent: nil, using: &generator).span)
        for _ in 0..<200 { span.link(span.context) }
        #expect(span.links.count == 128)
        #expect(span.droppedLinks == 72)
    }

    @Test(arguments: ["hub.latitude", "hub.device", "position", "url.token", "db.user", "hub.group_id"])
    func `a key that names a place, a person or a secret traps`(key: String) async {
        await #expect(processExitsWith: .failure) { [key] in
            var attributes: SpanAttributes = [:]
            switch key {
            case "hub.latitude": attributes.append("hub.latitude", 1)
            case "hub.device": attributes.append("hub.device", 1)
            case "position": attributes.append("position", 1)
            case "url.token": attributes.append("url.token", 1)
            case "db.user": attributes.append("db.user", 1)
            default: attributes.append("hub.group_id", 1)
            }
        }
    }
}
