import Configuration
import Foundation
import Hub
import HubTesting
import Model
import Telemetry
import Testing
import Wire

/// What a real hub shows of itself, and that the documents, the dashboard and the alerts speak of that and of nothing else.
@Suite(.timeLimit(.minutes(3)))
struct MetricsTests {
    /// `promtool`, which scripts/setup.sh brings.
    static let promtool: String? = {
        let own = TestFiles.package + "/.build/tools/promtool"
        if FileManager.default.isExecutableFile(atPath: own) { return own }
        return SystemProgram.run("promtool", ["--version"]) == 0 ? "promtool" : nil
    }()

    /// A hub that has done a little of everything, and what it shows.
    private static func busyHub(_ body: (RunningHub, _ text: String) async throws -> Void) async throws {
        try await RunningHub.with { hub in
            let group = GroupID.fresh()
            let device = try await hub.address.register(in: group)
            let client = try await TestClient.connect(hub.address, as: device)
            let watcher = try await TestClient.connectPacked(hub.address)
            _ = try await watcher.watch(group)
            #expect(try await client.ask(.location(.sample())).isAck)
            _ = try await watcher.positions(of: group)
            _ = try await hub.address.get("/nowhere")
            let text = try await hub.address.get("/metrics").text
            try await body(hub, text)
            await client.close()
            await watcher.close()
        }
    }

    private static func read(_ path: String) -> String { TestFiles.text(TestFiles.package + "/" + path) }

    private static func value(_ series: String, in text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
            .flatMap { Double($0.dropFirst(series.count + 1)) }
    }

    // MARK: What is shown

    @Test func `the contract's metrics have its labels and buckets`() async throws {
        try await MetricsTests.busyHub { _, text in
            let path = #"method="POST",path="/api/v1/devices/register""#
            #expect(MetricsTests.value("http_requests_total{\(path),status=\"200\"}", in: text) == 1)
            #expect(
                MetricsTests.value(#"http_requests_total{method="GET",path="unmatched",status="404"}"#, in: text) == 1)
            let prefix = "http_request_duration_seconds_bucket{\(path),le=\""
            let bounds = text.split(separator: "\n").filter { $0.hasPrefix(prefix) }
                .map { String($0.dropFirst(prefix.count).prefix { $0 != "\"" }) }
            #expect(bounds == ["0.001", "0.005", "0.01", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "+Inf"])
            let database = text.split(separator: "\n").filter {
                $0.hasPrefix("database_query_duration_seconds_bucket{le=\"")
            }
            #expect(database.count == 11)
            #expect(try #require(MetricsTests.value("database_query_duration_seconds_count", in: text)) >= 3)
            // Two loops, and on each a connection of the pool and those of the journal.
            let active = try #require(MetricsTests.value("database_connections_active", in: text))
            let idle = try #require(MetricsTests.value("database_connections_idle", in: text))
            #expect(active + idle >= 4)
            #expect(text.contains("# TYPE http_requests_total counter\n"))
            #expect(text.contains("# TYPE http_request_duration_seconds histogram\n"))
            #expect(text.contains("# TYPE database_connections_active gauge\n"))
        }
    }

    @Test func `sessions, frames, fan-out and acknowledgements are counted`() async throws {
        try await MetricsTests.busyHub { hub, text in
            func value(_ series: String) -> Double { MetricsTests.value(series, in: text) ?? -1 }
            #expect(value("hub_sessions") == 2)
            #expect(value(#"hub_protocol_sessions{protocol="presence.v1"}"#) == 1)
            #expect(value(#"hub_protocol_sessions{protocol="presence.v1.packed"}"#) == 1)
            #expect(value("hub_groups") == 1)
            #expect(value("hub_devices") == 1)
            #expect(value("hub_device_sessions") == 1)
            #expect(value("hub_watchers") == 1)
            #expect(value(#"hub_reports_total{result="live"}"#) == 1)
            #expect(value("hub_fanout_seconds_count") == 1)
            #expect(value("hub_ack_seconds_count") == 1)
            #expect(value(#"hub_frames_received_total{type="text"}"#) == 1)
            #expect(value(#"hub_frames_received_total{type="binary"}"#) == 1)
            // Two welcomes, a snapshot, an ack, and the position.
            #expect(value("hub_frames_sent_total") >= 5)
            #expect(value("hub_received_bytes_total") > 500)
            #expect(value("hub_sent_bytes_total") > 500)
            #expect(value("hub_connections_accepted_total") >= 5)
            #expect(value(#"hub_build_info{version="0.1.0"}"#) == 1)
            // The probe looks four times a second.
            try await Support.eventually("both loops have looked at their timers") {
                let text = hub.hub.metrics.render()
                return ["0", "1"].allSatisfy {
                    (MetricsTests.value("hub_loop_lag_seconds_count{loop=\"\($0)\"}", in: text) ?? 0) > 0
                }
            }
        }
    }

    @Test func `promtool finds nothing to complain of`() async throws {
        let promtool = try #require(MetricsTests.promtool, "run scripts/setup.sh")
        try await MetricsTests.busyHub { _, text in
            let file = try TestFiles.directory() + "/metrics"
            try Data(text.utf8).write(to: URL(filePath: file))
            let code = SystemProgram.run("sh", ["-c", "exec \"$0\" check metrics <\"$1\"", promtool, file])
            #expect(code == 0)
        }
    }

    // MARK: Who may see it, and in which form

    @Test func `OpenMetrics comes to who prefers it`() async throws {
        let hub = try await RunningHub.shared.address()
        let old = try await hub.request("GET", "/metrics", key: .some(nil))
        #expect(old.status == 200)
        #expect(old["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(old["Vary"]?.contains("Accept") == true)
        let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        let new = try await hub.request("GET", "/metrics", headers: [("Accept", accept)], key: .some(nil))
        #expect(new["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        #expect(new.text.hasSuffix("\n# EOF\n"))
        let families = new.text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map {
            $0.split(separator: " ")[2]
        }
        #expect(Set(families).count == families.count)
        #expect(families.contains("http_requests"))
        #expect(!families.contains { $0.hasSuffix("_total") })
        for other in ["*/*", "text/html", "application/openmetrics-text;q=0.4, text/plain", "nonsense"] {
            let answer = try await hub.request("GET", "/metrics", headers: [("Accept", other)], key: .some(nil))
            #expect(answer["Content-Type"]?.hasPrefix("text/plain") == true)
        }
    }

    @Test func `a token that is set is asked for`() async throws {
        try await RunningHub.with {
            $0.telemetry.metricsToken = Secret("abc123")
        } _: { hub in
            for wrong in [nil, "abc123", "Bearer abc124", "Bearer ", "Basic abc123"] {
                let answer = try await hub.address.request(
                    "GET", "/metrics", headers: wrong.map { [("Authorization", $0)] } ?? [])
                #expect(answer.status == 401)
                #expect(answer["WWW-Authenticate"] == "Bearer")
                #expect(!answer.text.contains("http_requests"))
            }
            let answer = try await hub.address.request("GET", "/metrics", headers: [("Authorization", "Bearer abc123")])
            #expect(answer.status == 200)
        }
    }

    // MARK: What is said of it elsewhere

    @Test func `the handbook lists each metric, and no other`() async throws {
        let names = try await RunningHub.shared.hub().hub.metrics.names
        let section = MetricsTests.read("docs/operations.md").components(separatedBy: "<!-- metrics -->")
        try #require(section.count == 3)
        let listed = section[1].matches(of: /(?m)^\| `([a-z0-9_]+)/).map { String($0.output.1) }
        #expect(Set(names).subtracting(listed).sorted() == [])
        #expect(Set(listed).subtracting(names).sorted() == [])
        #expect(listed.count == Set(listed).count)
    }

    @Test func `the dashboard and the alerts ask for what there is`() async throws {
        let text = try await RunningHub.shared.hub().hub.metrics.render()
        let types = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ") }
        var series: Set<String> = []
        for type in types {
            let name = String(type[2])
            series.insert(name)
            if type[3] == "histogram" { series.formUnion(["_bucket", "_sum", "_count"].map { name + $0 }) }
        }
        let rules = MetricsTests.read("deploy/prometheus/recording.yml")
        series.formUnion(rules.matches(of: /record: ([a-z0-9_:]+)/).map { String($0.output.1) })
        for path in [
            "deploy/prometheus/recording.yml", "deploy/prometheus/alerts.yml", "deploy/grafana/presence-hub.json",
        ] {
            let asked = MetricsTests.read(path)
                .matches(of: /\b((?:hub|http|database|process|job)[a-z0-9]*[_:][a-z0-9_:]+)/).map {
                    String($0.output.1)
                }
            #expect(!asked.isEmpty, "\(path)")
            #expect(Set(asked).subtracting(series).sorted() == [], "\(path)")
        }
        let dashboard = MetricsTests.read("deploy/grafana/presence-hub.json")
        #expect((try? JSONValue(Array(dashboard.utf8)))?["panels"]?.array?.isEmpty == false)
    }

    @Test func `the rules are sound, and fire when they should`() throws {
        let promtool = try #require(MetricsTests.promtool, "run scripts/setup.sh")
        let folder = TestFiles.package + "/deploy/prometheus"
        #expect(SystemProgram.run(promtool, ["check", "rules", "recording.yml", "alerts.yml"], in: folder) == 0)
        #expect(SystemProgram.run(promtool, ["test", "rules", "tests.yml"], in: folder) == 0)
    }
}
