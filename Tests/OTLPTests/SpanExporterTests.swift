import EventLoop
import HTTP
import HubTesting
import OTLP
import Telemetry
import Testing

/// Sending spans to collectors that behave and others.
@Suite(.timeLimit(.minutes(2))) struct `Exporting spans` {
    private struct Setup {
        let exporter: SpanExporter
        let tracer: Tracer
        let metrics: MetricsRegistry

        init(_ endpoint: String, limits: SpanBatchLimits? = nil, timeout: Duration = .seconds(60)) async throws {
            metrics = MetricsRegistry()
            let limits =
                limits
                ?? SpanBatchLimits(
                    delay: .milliseconds(1), attempts: 3, shortestWait: .milliseconds(10),
                    longestWait: .milliseconds(40))
            exporter = try await SpanExporter.start(
                SpanExporterSettings(
                    endpoint: endpoint, headers: [("X-Key", "s3cret")], timeout: timeout, agent: "test/1"),
                limits: limits, encoder: TraceEncoder(service: "test", version: "1", instance: "1"),
                metrics: TraceMetrics(metrics),
                log: Logger("test", output: LogOutput(level: .error, format: .json, descriptor: 2)))
            tracer = Tracer(ratio: 1, sink: exporter)
        }

        func trace(_ name: String) {
            var numbers = SystemRandomNumberGenerator()
            guard let span = tracer.enter(name, parent: nil, using: &numbers).span else { return }
            tracer.end(span)
        }

        func count(_ result: String) -> Int {
            let line = "hub_trace_spans_total{result=\"\(result)\"} "
            return metrics.render().split(separator: "\n").first { $0.hasPrefix(line) }
                .flatMap { Int($0.dropFirst(line.count)) } ?? -1
        }

        func eventually(_ condition: () -> Bool) async throws {
            let deadline = ContinuousClock.now + .seconds(30)
            while !condition() {
                try #require(ContinuousClock.now < deadline, "not in time")
                try await Task.sleep(for: .milliseconds(2))
            }
        }
    }

    @Test func `brings each span once, with the configured fields`() async throws {
        try await TestCollector.run { collector in
            let setup = try await Setup(collector.endpoint)
            for number in 0..<20 { setup.trace("span \(number)") }
            try await setup.eventually { setup.count("exported") == 20 }
            await setup.exporter.stop(within: .seconds(5))
            #expect(collector.spans.map(\.name).sorted() == (0..<20).map { "span \($0)" }.sorted())
            let export = try #require(collector.received.first)
            #expect(export.path == "/v1/traces")
            #expect(export.headers["Content-Type"] == "application/x-protobuf")
            #expect(export.headers["X-Key"] == "s3cret")
            #expect(!export.headers.contains("traceparent"))
        }
    }

    @Test(arguments: [HTTPStatus.tooManyRequests, .serviceUnavailable])
    func `tries again what is to come later`(status: HTTPStatus) async throws {
        try await TestCollector.run([.answer(status, retryAfter: "0"), .answer(status, retryAfter: nil)]) { collector in
            let setup = try await Setup(collector.endpoint)
            setup.trace("once")
            try await setup.eventually { setup.count("exported") == 1 }
            await setup.exporter.stop(within: .seconds(5))
            #expect(collector.received.count == 3)
            #expect(Set(collector.spans.map(\.id)).count == 1)
            #expect(setup.count("failed") == 0)
        }
    }

    @Test(arguments: [HTTPStatus.internalServerError, .badRequest, .unauthorized])
    func `does not try again what is refused`(status: HTTPStatus) async throws {
        try await TestCollector.run([.answer(status, retryAfter: nil)]) { collector in
            let setup = try await Setup(collector.endpoint)
            setup.trace("refused")
            try await setup.eventually { setup.count("failed") == 1 }
            setup.trace("next")
            try await setup.eventually { setup.count("exported") == 1 }
            await setup.exporter.stop(within: .seconds(5))
            #expect(collector.received.count == 2)
        }
    }

    @Test func `gives up when nobody listens, and loses nothing uncounted`() async throws {
        // A port that was free a moment ago.
        let endpoint = try await TestCollector.run { $0.endpoint }
        let setup = try await Setup(endpoint)
        for number in 0..<5 { setup.trace("\(number)") }
        try await setup.eventually { setup.count("failed") == 5 }
        await setup.exporter.stop(within: .seconds(5))
    }

    @Test func `gives up on one that takes too long`() async throws {
        try await TestCollector.run([.silence, .silence, .silence]) { collector in
            let setup = try await Setup(collector.endpoint, timeout: .milliseconds(50))
            setup.trace("slow")
            try await setup.eventually { setup.count("failed") == 1 }
            await setup.exporter.stop(within: .seconds(5))
            // On a busy machine none may even have been sent in time.
            #expect(collector.received.count <= 3)
        }
    }

    @Test func `drops and counts what comes while the collector is silent and the queue full`() async throws {
        try await TestCollector.run([.silence]) { collector in
            let limits = SpanBatchLimits(batch: 10, queue: 20, delay: .milliseconds(1), attempts: 1)
            let setup = try await Setup(collector.endpoint, limits: limits, timeout: .seconds(60))
            for number in 0..<10 { setup.trace("first \(number)") }
            try await setup.eventually { collector.received.count == 1 }
            for _ in 0..<1000 { setup.trace("more") }
            try await setup.eventually { setup.count("dropped") > 0 }
            let start = ContinuousClock.now
            await setup.exporter.stop(within: .milliseconds(100))
            #expect(ContinuousClock.now - start < .seconds(20))
            // 10 on their way, and 20 in the queue at most.
            #expect(setup.count("dropped") >= 1000 - 20)
        }
    }

    @Test func `brings what waits when it stops`() async throws {
        try await TestCollector.run { collector in
            let setup = try await Setup(collector.endpoint, limits: SpanBatchLimits(delay: .seconds(60)))
            for number in 0..<3 { setup.trace("\(number)") }
            await setup.exporter.stop(within: .seconds(20))
            #expect(collector.spans.count == 3)
            #expect(setup.count("exported") == 3)
        }
    }
}
