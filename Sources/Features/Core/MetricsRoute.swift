internal import Crypto
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Telemetry
internal import Wire

extension CoreFeature {
    /// Story 4.1: what the hub counts, for whoever asks, or for who has the token if one is configured.
    func addMetricsRoute(to registry: Registry) {
        registry.add(
            Route(
                .get, "/metrics", operationID: "getMetrics", summary: "Counters, gauges and histograms for Prometheus",
                description: """
                    Prometheus' text format 0.0.4, or OpenMetrics 1.0.0 where Accept prefers it. If telemetry.metrics_token \
                    is set, it is asked for as a bearer token.
                    """,
                tag: "Health", callers: .anyone, isProbe: true,
                responses: [RouteResponse(.ok, "The metrics", .string(), mediaType: "text/plain")],
                handler: .later { [services] request in
                    if let token = services.metricsToken { try CoreFeature.check(request.headers, for: token) }
                    let format = CoreFeature.format(for: request.headers)
                    // Not on the loop: it takes milliseconds where there are many series.
                    let text = await request.loop.offload { services.metrics.render(as: format) }
                    var response = HTTPResponse(
                        .ok, contentType: format == .openMetrics ? .openMetrics : .metrics, body: Array(text.utf8))
                    response.headers.append("Vary", "Accept")
                    return response
                }))
    }

    /// OpenMetrics only for who prefers it; what nobody accepts is answered in the older format all the same.
    private static func format(for headers: HTTPHeaders) -> MetricsFormat {
        let accepted = AcceptedTypes(headers.values(of: "Accept"))
        let charset = ["charset": "utf-8"]
        let new = accepted.quality(
            of: "application/openmetrics-text", parameters: charset.merging(["version": "1.0.0"]) { $1 })
        let old = accepted.quality(of: "text/plain", parameters: charset.merging(["version": "0.0.4"]) { $1 })
        return new > old ? .openMetrics : .prometheus
    }

    private static func check(_ headers: HTTPHeaders, for token: String) throws(Problem) {
        let given = headers["Authorization"].map { Array($0.utf8) } ?? []
        guard constantTimeEquals(SHA256.hash(given), SHA256.hash(Array("Bearer \(token)".utf8))) else {
            var problem = Problem(.unauthorized, "The metrics need the token of telemetry.metrics_token")
            problem.fields.append(.init("WWW-Authenticate", "Bearer"))
            throw problem
        }
    }
}
