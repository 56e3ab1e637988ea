import Telemetry
import Testing

/// `traceparent` and `tracestate` (W3C Trace Context).
@Suite struct `Trace context` {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test func `comes out as it went in`() throws {
        let context = try #require(SpanContext(traceparent: "00-\(Self.trace)-\(Self.span)-01".utf8))
        #expect(context.traceID == Self.trace)
        #expect(context.spanID == 0x00f0_67aa_0ba9_02b7)
        #expect(context.isSampled)
        #expect(context.traceparent == "00-\(Self.trace)-\(Self.span)-01")
        let unsampled = try #require(SpanContext(traceparent: "00-\(Self.trace)-\(Self.span)-00".utf8))
        #expect(!unsampled.isSampled)
        #expect(unsampled.traceparent == "00-\(Self.trace)-\(Self.span)-00")
    }

    @Test func `of a later version is read as far as it is known`() {
        #expect(SpanContext(traceparent: "cc-\(Self.trace)-\(Self.span)-01".utf8)?.isSampled == true)
        #expect(SpanContext(traceparent: "cc-\(Self.trace)-\(Self.span)-01-what-comes".utf8)?.isSampled == true)
        #expect(SpanContext(traceparent: "cc-\(Self.trace)-\(Self.span)-01.what".utf8) == nil)
        // Only the lowest flag is known.
        #expect(SpanContext(traceparent: "00-\(Self.trace)-\(Self.span)-ff".utf8)?.traceparent.hasSuffix("-01") == true)
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-1", "00-\(trace)-\(span)-001",
        "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-x", "ff-\(trace)-\(span)-01", "0g-\(trace)-\(span)-01",
        "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-\(span)-01", "00-\(trace)-\(span)-0G", "00_\(trace)-\(span)-01",
        "00-\(trace)_\(span)-01", "00-\(trace)-\(span)_01", " 00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01 ",
        "00-\(trace.dropLast())-\(span)-01", "00-\(trace)0-\(span)-01", "00-\(trace)-\(span.dropLast())-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473é-\(span)-01",
    ])
    func `that is not sound is none`(text: String) {
        #expect(SpanContext(traceparent: text.utf8) == nil)
        #expect(TraceContext(parents: [text], states: []) == nil)
    }

    @Test func `is there once or not at all`() {
        let parent = "00-\(Self.trace)-\(Self.span)-01"
        #expect(TraceContext(parents: [parent], states: [])?.span.traceparent == parent)
        #expect(TraceContext(parents: [parent, parent], states: []) == nil)
        #expect(TraceContext(parents: [], states: ["a=b"]) == nil)
    }

    @Test func `every cut of it is refused`() {
        let parent = Array("00-\(Self.trace)-\(Self.span)-01".utf8)
        for count in parent.indices { #expect(SpanContext(traceparent: parent[..<count]) == nil) }
    }

    @Test func `passes a state on, from all fields, in order`() {
        #expect(TraceState.joined(["rojo=1, congo=2 ,", "", " , tenant9@sys=a b"]) == "rojo=1,congo=2,tenant9@sys=a b")
        #expect(TraceState.joined([]) == "")
        #expect(TraceState.joined(["0a@b=x"]) == "0a@b=x")
    }

    @Test(arguments: [
        "a", "=b", "a=", "A=b", "a=b=c", "a=b,a=c", "1a=b", "a@=b", "@a=b", "a@b@c=d", "a b=c", "a=\u{7f}", "a=\t1\t2",
        "a@0b=c", "\(String(repeating: "a", count: 257))=b", "a=\(String(repeating: "b", count: 257))",
        (0..<33).map { "k\($0)=v" }.joined(separator: ","),
        (0..<3).map { "k\($0)=\(String(repeating: "v", count: 200))" }.joined(separator: ","),
    ])
    func `leaves out a state that is not sound or too long, and keeps the trace`(state: String) {
        #expect(TraceState.joined([state]) == nil)
        let context = TraceContext(parents: ["00-\(Self.trace)-\(Self.span)-01"], states: [state])
        #expect(context?.state == "")
        #expect(context?.fields.count == 1)
    }

    @Test func `of 32 members and 512 bytes is passed on`() {
        let members = (0..<32).map { "k\($0)=v" }.joined(separator: ",")
        #expect(TraceState.joined([members]) == members)
        let long = "a=\(String(repeating: "v", count: 250)),b=\(String(repeating: "w", count: 255))"
        #expect(long.utf8.count == 510)
        #expect(TraceState.joined([long]) == long)
    }
}
