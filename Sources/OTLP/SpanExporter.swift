package import EventLoop
internal import HTTPClient
package import Telemetry

/// Sends finished spans to a collector over OTLP/HTTP, on a loop of its own: whatever becomes of the collector, the loops
/// that serve hand a span over and go on.
///
/// `@unchecked Sendable`: what is not constant is touched on `loop` only; ``take(_:)`` and ``stop(within:)`` may be called
/// from anywhere.
package final class SpanExporter: SpanSink, @unchecked Sendable {
    private let loop: Loop
    private let settings: SpanExporterSettings
    private let encoder: TraceEncoder
    private let metrics: TraceMetrics
    private let log: Logger
    private let throttle = LogThrottle(every: .seconds(30))
    private var batcher: SpanBatcher<Span>
    private var client: LoopClient?
    private var timer: LoopTimer?
    private var stopTimer: LoopTimer?
    private var onDrained: (() -> Void)?
    private var reported = (dropped: 0, failed: 0, accepted: 0, retries: 0)
    /// Set once, before anybody has it.
    private var inbox: LoopInbox<Span>?

    /// Starts the exporter's loop.
    package static func start(
        _ settings: SpanExporterSettings, limits: SpanBatchLimits = SpanBatchLimits(), encoder: TraceEncoder,
        metrics: TraceMetrics, log: Logger
    ) async throws(LoopError) -> SpanExporter {
        let loop = try Loop.start(index: 0)
        let exporter = SpanExporter(settings, limits, encoder, metrics, log, on: loop)
        await withCheckedContinuation { continuation in
            loop.execute {
                exporter.client = LoopClient(on: loop, connections: 1)
                continuation.resume()
            }
        }
        return exporter
    }

    private init(
        _ settings: SpanExporterSettings, _ limits: SpanBatchLimits, _ encoder: TraceEncoder, _ metrics: TraceMetrics,
        _ log: Logger, on loop: Loop
    ) {
        self.settings = settings
        self.encoder = encoder
        self.metrics = metrics
        self.log = log
        self.loop = loop
        batcher = SpanBatcher(limits: limits)
        inbox = LoopInbox(on: loop, capacity: limits.queue) { [unowned self] in receive($0) }
    }

    package func take(_ span: Span) {
        guard inbox?.send(span) == true else { return metrics.spans.with("dropped").increment() }
    }

    private func receive(_ span: Span) {
        let action = batcher.append(span)
        act(action)
    }

    private func act(_ action: SpanBatcher<Span>.Action) {
        report()
        switch action {
        case .wait: break
        case .startTimer(let delay):
            timer = loop.schedule(after: delay) { [weak self] in
                guard let self else { return }
                let action = batcher.timerFired()
                act(action)
            }
        case .send(let spans): send(spans)
        }
    }

    private func send(_ spans: [Span]) {
        var call = HTTPCall("POST", settings.url, body: encoder.encode(spans))
        call.headers = settings.headers + [("Content-Type", "application/x-protobuf"), ("User-Agent", settings.agent)]
        call.timeout = settings.timeout
        call.connectTimeout = min(settings.timeout, .seconds(5))
        call.caFile = settings.caFile
        // The answer is not read; a collector says there how many spans it disliked.
        call.longestAnswer = 1 << 20
        client?.send(call) { [weak self] outcome in self?.ended(outcome) }
    }

    private func ended(_ outcome: Result<HTTPAnswer, HTTPCallFailure>) {
        let ending = SpanExporter.ending(of: outcome)
        if ending != .accepted {
            let reason =
                switch outcome {
                case .success(let answer): "status \(answer.status)"
                case .failure(let failure): "\(failure)"
                }
            log.log(.warning, "spans not taken by the collector", ["reason": .string(reason)], throttle: throttle)
        }
        let action = batcher.ended(ending, jitter: .random(in: 0...1))
        act(action)
        finishIfDrained()
    }

    /// Which answers mean "later" is OTLP's to say (specification, "OTLP/HTTP Response").
    static func ending(of outcome: Result<HTTPAnswer, HTTPCallFailure>) -> SpanBatcher<Span>.Ending {
        switch outcome {
        case .success(let answer) where (200...299).contains(answer.status): return .accepted
        case .success(let answer) where [429, 502, 503, 504].contains(answer.status):
            return .retry(after: answer.retryAfter.map { .seconds(min($0, 3600)) })
        case .success: return .refused
        case .failure(.givenUp), .failure(.badCAFile): return .refused
        case .failure: return .retry(after: nil)
        }
    }

    private func report() {
        metrics.waiting.set(batcher.count)
        metrics.spans.with("exported").increment(by: batcher.accepted - reported.accepted)
        metrics.spans.with("failed").increment(by: batcher.failed - reported.failed)
        metrics.spans.with("dropped").increment(by: batcher.dropped - reported.dropped)
        metrics.retries.increment(by: batcher.retries - reported.retries)
        reported = (batcher.dropped, batcher.failed, batcher.accepted, batcher.retries)
    }

    // MARK: The end

    /// Sends what waits, once, for at most `limit`, and ends the loop. What has not been sent by then is lost.
    package func stop(within limit: Duration) async {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                onDrained = { continuation.resume() }
                stopTimer = loop.schedule(after: limit) { [weak self] in self?.finish() }
                let action = batcher.drain()
                act(action)
                finishIfDrained()
            }
        }
        await loop.stop()
    }

    private func finishIfDrained() {
        if onDrained != nil, batcher.count == 0 { finish() }
    }

    private func finish() {
        guard let onDrained else { return }
        self.onDrained = nil
        timer = nil
        stopTimer = nil
        client?.close()
        client = nil
        onDrained()
    }
}
