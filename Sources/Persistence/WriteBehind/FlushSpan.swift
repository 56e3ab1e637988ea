internal import Telemetry

/// The span of one batch that is written: part of the trace of its first traced unit, and linked to those of all.
struct FlushSpan {
    private let tracer: Tracer
    private let span: Span

    var context: SpanContext { span.context }

    /// Nothing if no unit of the batch is traced.
    static func begin(_ batch: WriteBehindBuffer<JournalUnit>.Batch, _ tracer: Tracer) -> FlushSpan? {
        guard let first = batch.units.lazy.compactMap(\.trace).first,
            var span = tracer.begin("journal flush", in: first)
        else { return nil }
        for unit in batch.units { if let trace = unit.trace { span.link(trace) } }
        span.attributes.append("hub.rows", .integer(batch.rowCount))
        span.attributes.append("hub.units", .integer(batch.units.count))
        return FlushSpan(tracer: tracer, span: span)
    }

    func end(_ outcome: PostgresOutcome) {
        var span = span
        if case .failure = outcome { span.failure = "the batch was not committed" }
        tracer.end(span)
    }
}
