internal import Telemetry

/// The span of one unit of work of Postgres: named after its first statement, and without parameters.
struct SQLSpan {
    private let tracer: Tracer
    private var span: Span

    /// Nothing while there is no tracing, or for a trace that is not recorded.
    static func begin(_ queries: [PostgresQuery], _ tracer: Tracer?, in parent: SpanContext?) -> SQLSpan? {
        guard let tracer, let parent, let first = queries.first,
            var span = tracer.begin(first.statement.name, .client, in: parent)
        else { return nil }
        span.attributes.append("db.system.name", "postgresql")
        span.attributes.append("db.query.summary", .string(first.statement.name))
        span.attributes.append("db.operation.batch.size", .integer(queries.count))
        return SQLSpan(tracer: tracer, span: span)
    }

    func end(_ outcome: PostgresOutcome) {
        var span = span
        if case .failure(let error) = outcome {
            if let state = error.sqlState { span.attributes.append("db.response.status_code", .string(state.code)) }
            span.failure = "the database did not do it"
        }
        tracer.end(span)
    }
}
