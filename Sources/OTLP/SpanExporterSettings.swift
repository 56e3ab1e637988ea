/// Where spans go, and how.
package struct SpanExporterSettings: Sendable {
    /// Of the collector's traces, such as `http://127.0.0.1:4318/v1/traces`.
    package var url: String
    package var headers: [(name: String, value: String)]
    /// The longest one request may take.
    package var timeout: Duration
    /// Certificates to trust instead of the system's.
    package var caFile: String?
    /// How the hub names itself.
    package var agent: String

    /// - Parameter endpoint: As OpenTelemetry's `OTEL_EXPORTER_OTLP_ENDPOINT`: the address to which `/v1/traces` is added.
    package init(
        endpoint: String, headers: [(name: String, value: String)] = [], timeout: Duration = .seconds(10),
        caFile: String? = nil, agent: String
    ) {
        url = (endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint) + "/v1/traces"
        self.headers = headers
        self.timeout = timeout
        self.caFile = caFile
        self.agent = agent
    }
}
