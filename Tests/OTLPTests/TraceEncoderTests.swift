import Foundation
import OTLP
import Synchronization
import Telemetry
import Testing

/// Keeps what a tracer ends.
final class SpanBox: SpanSink {
    private let held = Mutex<[Span]>([])

    var spans: [Span] { held.withLock { $0 } }

    func take(_ span: Span) { held.withLock { $0.append(span) } }
}

/// Gives the same numbers every time.
struct FixedNumbers: RandomNumberGenerator {
    var numbers: [UInt64]

    mutating func next() -> UInt64 { numbers.removeFirst() }
}

@Suite struct `Spans on the wire` {
    /// What golden.py describes.
    private static func spans() throws -> [Span] {
        let box = SpanBox()
        let times = Mutex<[UInt64]>([
            1_767_225_600_000_000_001, 1_767_225_600_250_000_000, 1_767_225_600_000_000_000, 1_767_225_600_000_000_000,
        ])
        let tracer = Tracer(ratio: 1, sink: box) { times.withLock { $0.removeFirst() } }
        let parent = try #require(
            TraceContext(
                parents: ["00-4bf92f3577b34da6a3ce929d0e0e4736-1122334455667788-01"],
                states: ["congo=t61rcWkgMzE, rojo=00f067aa0ba902b7"]))
        var numbers = FixedNumbers(numbers: [0x00f0_67aa_0ba9_02b7])
        var first = try #require(
            tracer.enter("POST /api/v1/locations", .server, parent: parent, using: &numbers).span)
        first.attributes.append("http.request.method", "POST")
        first.attributes.append("http.response.status_code", 503)
        first.attributes.append("hub.negative", -1)
        first.attributes.append("hub.live", false)
        first.attributes.append("hub.share", .double(0.25))
        first.attributes.append("hub.empty", "")
        first.failure = "the hub could not do it"
        tracer.end(first)

        numbers = FixedNumbers(numbers: [1, 0x4bf9_2f35_77b3_4da7, 0xa3ce_929d_0e0e_4736])
        // A root whose identifiers are chosen; `|` keeps high and span from being zero, so the high half ends in 7.
        var second = try #require(tracer.enter("journal flush", .inside, parent: nil, using: &numbers).span)
        for number in 1...130 {
            second.link(
                SpanContext(
                    traceHigh: 0x4bf9_2f35_77b3_4da6, traceLow: 0xa3ce_929d_0e0e_4736, spanID: UInt64(number),
                    isSampled: true))
        }
        tracer.end(second)
        return box.spans
    }

    @Test func `are what OpenTelemetry's own definition makes of them`() throws {
        let encoder = TraceEncoder(service: "presence-hub", version: "1.2.3", instance: "one")
        let spans = try Self.spans()
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "golden.hex")
        let golden = try String(contentsOf: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let hex = encoder.encode(spans).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(hex == golden)
    }

    @Test func `end when they began at the earliest, though the clock was set back`() throws {
        let box = SpanBox()
        let times = Mutex<[UInt64]>([1_000, 900])
        let tracer = Tracer(ratio: 1, sink: box) { times.withLock { $0.removeFirst() } }
        var numbers = SystemRandomNumberGenerator()
        tracer.end(try #require(tracer.enter("x", parent: nil, using: &numbers).span))
        #expect(box.spans[0].start == 1_000)
        #expect(box.spans[0].end == 1_000)
    }
}
