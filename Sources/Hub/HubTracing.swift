internal import Configuration
internal import EventLoop
internal import Model
internal import OTLP
internal import Telemetry

/// The hub's tracing: the tracer that everybody has, and the exporter behind it. There is none while no collector is
/// configured.
struct HubTracing: Sendable {
    let tracer: Tracer
    private let exporter: SpanExporter

    /// How long a hub that stops waits for its collector.
    private static let stopTime = Duration.seconds(2)

    /// Nothing while tracing is off.
    static func start(
        _ configuration: TelemetryConfiguration, metrics: MetricsRegistry, log: Logger
    ) async throws(HubError) -> HubTracing? {
        // Known in the metrics, traced or not.
        let metrics = TraceMetrics(metrics)
        guard configuration.isTracing else { return nil }
        let settings = SpanExporterSettings(
            endpoint: configuration.otlpEndpoint, headers: configuration.otlpFields, timeout: configuration.otlpTimeout,
            caFile: configuration.otlpCAFile.isEmpty ? nil : configuration.otlpCAFile,
            agent: "presence-hub/\(HubVersion.current)")
        let encoder = TraceEncoder(
            service: configuration.serviceName, version: HubVersion.current,
            instance: UniqueID.version7(at: SystemClock().now).description)
        do throws(LoopError) {
            let exporter = try await SpanExporter.start(
                settings, limits: SpanBatchLimits(delay: configuration.exportDelay), encoder: encoder, metrics: metrics,
                log: log.component("tracing"))
            let ratio = Double(configuration.samplesPerMillion) / 1_000_000
            return HubTracing(tracer: Tracer(ratio: ratio, sink: exporter), exporter: exporter)
        } catch {
            throw .loop(reason: "\(error)")
        }
    }

    func stop() async { await exporter.stop(within: HubTracing.stopTime) }
}
