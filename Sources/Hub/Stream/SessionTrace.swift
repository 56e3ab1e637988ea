internal import FeatureKit
internal import HTTP
internal import Telemetry

/// Where the traces of a stream's messages come from: the request that opened it. Apart from the session, which is small
/// while nothing is traced.
final class SessionTrace: Sendable {
    /// The span of the upgrade.
    let opening: SpanContext
    /// What the caller has decided for the trace it sent along; nothing if it sent none.
    let isSampled: Bool?

    /// Nothing while there is no tracing.
    init?(_ request: RouteRequest) {
        guard let trace = request.trace else { return nil }
        let parent = TraceContext(parents: request.headers.values(of: "traceparent"), states: [])
        opening = trace.span
        isSampled = parent?.span.isSampled
    }
}
