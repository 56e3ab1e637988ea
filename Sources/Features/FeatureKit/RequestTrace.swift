internal import HTTP
internal import Telemetry

/// The span of one request, and what those who work for it are given.
struct RequestTrace {
    let context: TraceContext
    private let span: Span?
    private let tracer: Tracer

    /// - Parameter route: Nothing for a request that found none.
    init(_ request: HTTPRequest, route: Route?, _ tracer: LoopTracer) {
        let parent = TraceContext(
            parents: request.headers.values(of: "traceparent"), states: request.headers.values(of: "tracestate"))
        let method = request.method.rawValue
        var (context, span) = tracer.enter(route.map { "\(method) \($0.path)" } ?? method, parent: parent)
        span?.attributes.append("http.request.method", .string(method))
        if let route { span?.attributes.append("http.route", .string(route.path.description)) }
        span?.attributes.append("url.scheme", request.isSecure ? "https" : "http")
        span?.attributes.append("http.request.body.size", .integer(request.body.count))
        self.context = context
        self.span = span
        self.tracer = tracer.tracer
    }

    func end(_ status: HTTPStatus) {
        guard var span else { return }
        span.attributes.append("http.response.status_code", .integer(status.code))
        if status.code >= 500 { span.failure = "the hub could not do it" }
        tracer.end(span)
    }
}
