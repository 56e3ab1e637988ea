import Configuration
import HTTP
import HubTesting
import Model
import Testing
import WebSocket
import Wire

/// What a collector is told of a hub's work, and that nothing of the hub depends on the collector.
@Suite(.timeLimit(.minutes(3)))
struct TracingTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    private static func parent(sampled: Bool) -> (String, String) {
        ("traceparent", "00-\(trace)-\(span)-0\(sampled ? 1 : 0)")
    }

    /// A hub that sends every trace, or as many as `perMillion`, to `collector`.
    private static func hub(
        for collector: TestCollector, perMillion: Int = 1_000_000, _ body: (RunningHub) async throws -> Void
    ) async throws {
        let endpoint = collector.endpoint
        try await RunningHub.with(
            {
                $0.telemetry.otlpEndpoint = endpoint
                $0.telemetry.samplesPerMillion = perMillion
                $0.telemetry.exportDelay = .milliseconds(10)
            }, body)
    }

    private static func upload(_ device: DeviceID, _ headers: [(String, String)], to hub: HubAddress) async throws {
        let body = """
            {"deviceId":"\(device)","timestamp":\(Timestamp.now.milliseconds),"latitude":48.20821,"longitude":16.37382,\
            "accuracy":5}
            """
        let answer = try await hub.request("POST", "/api/v1/locations", body: body, headers: headers)
        guard answer.status == 200 else { throw UnexpectedAnswer(answer: answer) }
    }

    private static func spans(
        _ collector: TestCollector, _ what: String, where isMet: ([CollectedSpan]) -> Bool
    ) async throws -> [CollectedSpan] {
        try await Support.eventually(what) { isMet(collector.spans) }
        return collector.spans
    }

    /// Whether report, flush and SQL have come, in whichever order.
    private static func holdsWay(_ spans: [CollectedSpan]) -> Bool {
        ["device report", "journal flush", "core.insert_locations"].allSatisfy { name in
            spans.contains { $0.name == name }
        }
    }

    /// Checks that report, flush and SQL follow from `root` in this order, in one trace.
    private static func checkWay(from root: CollectedSpan, _ spans: [CollectedSpan]) throws {
        let report = try #require(spans.first { $0.name == "device report" && $0.parent == root.id })
        let flush = try #require(spans.first { $0.name == "journal flush" && $0.parent == report.id })
        let sql = try #require(spans.first { $0.name == "core.insert_locations" && $0.parent == flush.id })
        for span in [report, flush, sql] {
            #expect(span.trace == root.trace)
            #expect(span.start >= root.start && span.end >= span.start)
            #expect(!span.isFailure)
        }
        #expect(flush.links == [report.id])
        #expect(flush.attributes["hub.rows"] == "1")
        #expect(report.attributes["hub.fixes"] == "1")
        #expect(report.attributes["hub.live"] == "1")
        #expect(sql.attributes["db.system.name"] == "postgresql")
        #expect(sql.kind == 3)
    }

    @Test func `a location on the stream is followed from its message to its row`() async throws {
        try await TestCollector.run { collector in
            try await TracingTests.hub(for: collector) { hub in
                let device = try await hub.address.register(in: .fresh())
                let client = try await TestClient.connect(hub.address, as: device)
                #expect(try await client.ask(.location(.sample())).isAck)
                await client.close()
                let spans = try await TracingTests.spans(collector, "the way of a location") { spans in
                    TracingTests.holdsWay(spans) && spans.contains { $0.name == "stream location" }
                        && spans.contains { $0.name == "GET /api/v1/stream" }
                }
                let message = try #require(spans.first { $0.name == "stream location" })
                #expect(message.parent == "")
                #expect(message.attributes["network.protocol.name"] == "presence.v1")
                try TracingTests.checkWay(from: message, spans)
                // A trace of its own, linked to the request that opened the stream.
                let opening = try #require(spans.first { $0.name == "GET /api/v1/stream" })
                #expect(opening.attributes["http.response.status_code"] == "101")
                #expect(message.links == [opening.id])
                #expect(message.trace != opening.trace)
            }
        }
    }

    /// On whichever of the two loops the connection is, and the device on either.
    @Test(arguments: [0, 1])
    func `an upload is part of its caller's trace, down to the row`(loop: Int) async throws {
        try await TestCollector.run { collector in
            try await TracingTests.hub(for: collector, perMillion: 0) { hub in
                let device = try await hub.address.register(in: .fresh(onLoop: loop))
                try await TracingTests.upload(
                    device, [TracingTests.parent(sampled: true), ("tracestate", "rojo=1, congo=2")], to: hub.address)
                let spans = try await TracingTests.spans(collector, "the way of an upload") { spans in
                    TracingTests.holdsWay(spans) && spans.contains { $0.name == "POST /api/v1/locations" }
                }
                let request = try #require(spans.first { $0.name == "POST /api/v1/locations" })
                #expect(request.trace == TracingTests.trace)
                #expect(request.parent == TracingTests.span)
                #expect(request.state == "rojo=1,congo=2")
                #expect(request.kind == 2)
                #expect(request.attributes["http.route"] == "/api/v1/locations")
                #expect(request.attributes["http.response.status_code"] == "200")
                try TracingTests.checkWay(from: request, spans)
                // The registration, without a parent, was not to be recorded.
                #expect(spans.allSatisfy { $0.trace == TracingTests.trace })
            }
        }
    }

    @Test func `what a request asks of Postgres is part of it`() async throws {
        try await TestCollector.run { collector in
            try await TracingTests.hub(for: collector) { hub in
                try await hub.address.register(in: .fresh())
                let spans = try await TracingTests.spans(collector, "a registration") { spans in
                    spans.contains { $0.name == "POST /api/v1/devices/register" }
                }
                let request = try #require(spans.first { $0.name == "POST /api/v1/devices/register" })
                let queries = spans.filter { $0.parent == request.id }
                #expect(queries.contains { $0.attributes["db.system.name"] == "postgresql" })
                #expect(queries.allSatisfy { $0.trace == request.trace })
            }
        }
    }

    @Test func `a caller that does not record is not recorded, on the stream as over REST`() async throws {
        try await TestCollector.run { collector in
            try await TracingTests.hub(for: collector) { hub in
                let device = try await hub.address.register(in: .fresh())
                let headers = TracingTests.parent(sampled: false)
                try await TracingTests.upload(device, [headers], to: hub.address)
                let client = try await TestClient.connect(
                    hub.address, as: device, headers: ["traceparent": headers.1])
                #expect(try await client.ask(.location(.sample())).isAck)
                await client.close()
                // One that is recorded, to know that all before it have been exported.
                let group = GroupID.fresh()
                try await hub.address.register(in: group)
                _ = try await hub.address.list(group)
                let spans = try await TracingTests.spans(collector, "the last request") { spans in
                    spans.contains { $0.name == "GET /api/v1/devices" }
                }
                #expect(!spans.contains { $0.trace == TracingTests.trace })
                #expect(!spans.contains { $0.name == "POST /api/v1/locations" || $0.name == "stream location" })
                #expect(!spans.contains { $0.name == "journal flush" || $0.name == "device report" })
            }
        }
    }

    @Test func `a caller that records has its stream's messages recorded, whatever the ratio`() async throws {
        try await TestCollector.run { collector in
            try await TracingTests.hub(for: collector, perMillion: 0) { hub in
                let device = try await hub.address.register(in: .fresh())
                let client = try await TestClient.connect(
                    hub.address, as: device, headers: ["traceparent": TracingTests.parent(sampled: true).1])
                #expect(try await client.ask(.location(.sample())).isAck)
                await client.close()
                let spans = try await TracingTests.spans(collector, "a message") { spans in
                    spans.contains { $0.name == "stream location" }
                }
                #expect(spans.filter { $0.name == "stream location" }.count == 1)
            }
        }
    }

    @Test(arguments: [
        "00-\(trace)-\(span)-1", "ff-\(trace)-\(span)-01", "00-\(trace.uppercased())-\(span)-01", "nonsense",
        "00-00000000000000000000000000000000-\(span)-01",
    ])
    func `a trace that is not sound is not continued, and the request is served`(parent: String) async throws {
        try await TestCollector.run { collector in
            try await TracingTests.hub(for: collector) { hub in
                let device = try await hub.address.register(in: .fresh())
                try await TracingTests.upload(device, [("traceparent", parent)], to: hub.address)
                let spans = try await TracingTests.spans(collector, "the upload") { spans in
                    spans.contains { $0.name == "POST /api/v1/locations" }
                }
                let request = try #require(spans.first { $0.name == "POST /api/v1/locations" })
                #expect(request.parent == "")
                #expect(request.trace.lowercased() != TracingTests.trace)
            }
        }
    }

    @Test func `no span tells who or where somebody is`() async throws {
        try await TestCollector.run { collector in
            try await TracingTests.hub(for: collector) { hub in
                let group = GroupID.fresh("secretgroup")
                let device = try await hub.address.register(in: group, name: "Secretname")
                try await TracingTests.upload(device, [], to: hub.address)
                let client = try await TestClient.connect(hub.address, as: device)
                #expect(try await client.ask(.location(.sample(latitude: 48.20821, longitude: 16.37382))).isAck)
                _ = try await client.watch(group)
                _ = try await hub.address.list(group)
                _ = try await hub.address.request("DELETE", "/api/v1/devices/\(device)")
                await client.close()
                _ = try await TracingTests.spans(collector, "all of it") { spans in
                    spans.contains { $0.name.hasPrefix("DELETE /api/v1/devices/") }
                        && spans.contains { $0.name == "stream watch" }
                }
                let all = collector.received.map { String(decoding: $0.body, as: UTF8.self) }.joined()
                #expect(!all.contains(device.description))
                #expect(!all.contains("secretgroup"))
                #expect(!all.contains("Secretname"))
                for span in collector.spans {
                    #expect(!span.attributes.values.contains { $0.contains("48.2") || $0.contains("16.37") })
                }
            }
        }
    }

    // MARK: Collectors that misbehave

    @Test func `a hub whose collector is away, silent or refuses serves as ever`() async throws {
        let away = try await TestCollector.run { $0.endpoint }
        try await RunningHub.with {
            $0.telemetry.otlpEndpoint = away
            $0.telemetry.samplesPerMillion = 1_000_000
            $0.telemetry.exportDelay = .milliseconds(1)
        } _: { hub in
            for _ in 0..<3 {
                let serves = try await hub.address.serves()
                #expect(serves)
            }
        }
        let manners: [TestCollector.Manner] = [
            .silence, .answer(.internalServerError, retryAfter: nil), .answer(.tooManyRequests, retryAfter: "1"),
            .silence,
        ]
        try await TestCollector.run(manners) { collector in
            try await TracingTests.hub(for: collector) { hub in
                for _ in 0..<3 {
                    let serves = try await hub.address.serves()
                    #expect(serves)
                }
            }
        }
    }

    @Test func `what was traced when the hub stops is exported before it has stopped`() async throws {
        try await TestCollector.run { collector in
            let endpoint = collector.endpoint
            var isExported = false
            // A hub that stops gives its exporter two seconds, which may be too few for a busy machine.
            for _ in 0..<5 where !isExported {
                try await RunningHub.with {
                    $0.telemetry.otlpEndpoint = endpoint
                    $0.telemetry.samplesPerMillion = 1_000_000
                    // Never by itself.
                    $0.telemetry.exportDelay = .seconds(3600)
                } _: { hub in
                    _ = try await hub.address.register(in: .fresh())
                }
                isExported = collector.spans.contains { $0.name == "POST /api/v1/devices/register" }
            }
            #expect(isExported)
        }
    }

    @Test func `log lines of a traced request name its trace`() async throws {
        try await TestCollector.run { collector in
            try await HubProcess.with([
                "HUB__TELEMETRY__OTLP_ENDPOINT": collector.endpoint,
                "HUB__TELEMETRY__OTLP_HEADERS": "X-Collector-Key=abc, X-Other=d e",
            ]) { hub in
                let (name, value) = TracingTests.parent(sampled: true)
                let answer = try await hub.address.request(
                    "GET", "/api/v1/devices?groupId=nobody", headers: [(name, value), ("X-Request-ID", "traced-1")])
                #expect(answer.status == 200)
                try await Support.eventually("the request is logged") {
                    hub.run.errorsSoFar.split(separator: "\n").contains {
                        $0.contains("traced-1") && $0.contains("\"trace_id\":\"\(TracingTests.trace)\"")
                    }
                }
                // Postgres' part is logged too, with its time (story 1.6).
                #expect(hub.run.errorsSoFar.contains("\"message\":\"database query\""))
                try await Support.eventually("the collector has it") {
                    collector.spans.contains { $0.trace == TracingTests.trace }
                }
                let export = try #require(collector.received.first)
                #expect(export.headers["X-Collector-Key"] == "abc")
                #expect(export.headers["X-Other"] == "d e")
            }
        }
    }
}
