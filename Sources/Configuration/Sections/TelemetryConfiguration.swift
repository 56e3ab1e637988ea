/// `[telemetry]`: who may read the metrics, and where traces go.
package struct TelemetryConfiguration: Equatable, Sendable {
    /// Who asks for `/metrics` must have it; nobody must if nothing.
    package var metricsToken: Secret?
    /// The collector's address without `/v1/traces`; nothing is traced if it is empty.
    package var otlpEndpoint = ""
    /// `name=value` pairs separated by commas, sent with every export.
    package var otlpHeaders: Secret?
    /// A PEM file with certificates to trust instead of the system's.
    package var otlpCAFile = ""
    package var otlpTimeout = Duration.seconds(10)
    /// Of a million traces that begin here, how many are recorded.
    package var samplesPerMillion = 10_000
    package var serviceName = "presence-hub"
    /// How long a finished span waits for others before they are sent.
    package var exportDelay = Duration.seconds(5)

    package init() {}

    package var isTracing: Bool { !otlpEndpoint.isEmpty }

    /// The fields to send along.
    package var otlpFields: [(name: String, value: String)] {
        (otlpHeaders?.revealed ?? "").split(separator: ",").compactMap { pair in
            guard let equals = pair.firstIndex(of: "=") else { return nil }
            func trimmed(_ text: Substring) -> String {
                text.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
            }
            return (trimmed(pair[..<equals]), trimmed(pair[pair.index(after: equals)...]))
        }
    }
}
