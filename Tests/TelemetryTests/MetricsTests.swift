import Telemetry
import Testing

@Suite struct `Metrics` {
    let registry = MetricsRegistry()

    @Test func `are shown by name in Prometheus' text format`() {
        registry.gauge("hub_connections", help: "Open connections.").set(3)
        registry.counter("hub_accepted_total", help: "Connections accepted.").increment(by: 7)
        registry.gauge("hub_uptime_seconds", help: "Since the start.\nIn \\ seconds.") { 1.5 }
        #expect(
            registry.render() == """
                # HELP hub_accepted_total Connections accepted.
                # TYPE hub_accepted_total counter
                hub_accepted_total 7
                # HELP hub_connections Open connections.
                # TYPE hub_connections gauge
                hub_connections 3
                # HELP hub_uptime_seconds Since the start.\\nIn \\\\ seconds.
                # TYPE hub_uptime_seconds gauge
                hub_uptime_seconds 1.5

                """)
    }

    @Test func `are shown as OpenMetrics to who asks for it`() {
        registry.counter("hub_read_bytes_total", help: "A \"quoted\" help.").increment(by: 7)
        let buckets = HistogramBuckets(bounds: [1_000_000, 1_000_000_000], scale: 1e-9)
        registry.histogram("hub_ack_seconds", help: "Until acked.", buckets: buckets).record(2_000_000)
        registry.gauge("hub_connections", help: "Open connections.").set(3)
        #expect(
            registry.render(as: .openMetrics) == """
                # HELP hub_ack_seconds Until acked.
                # TYPE hub_ack_seconds histogram
                # UNIT hub_ack_seconds seconds
                hub_ack_seconds_bucket{le="0.001"} 0
                hub_ack_seconds_bucket{le="1.0"} 1
                hub_ack_seconds_bucket{le="+Inf"} 1
                hub_ack_seconds_sum 0.002
                hub_ack_seconds_count 1
                # HELP hub_connections Open connections.
                # TYPE hub_connections gauge
                hub_connections 3
                # HELP hub_read_bytes A \\"quoted\\" help.
                # TYPE hub_read_bytes counter
                # UNIT hub_read_bytes bytes
                hub_read_bytes_total 7
                # EOF

                """)
        #expect(registry.render().contains("# HELP hub_read_bytes_total A \"quoted\" help.\n"))
    }

    @Test func `the parts of loops are summed with what others count`() {
        let counter = registry.counter("hub_parts_total", help: "Parts.")
        let histogram = registry.histogram("hub_part_rows", help: "Rows.", buckets: .sizes)
        let gauge = registry.gauge("hub_parts", help: "Parts.")
        counter.increment(by: 1)
        histogram.record(3)
        gauge.add(5)
        for _ in 0..<3 {
            let (part, other, recorded) = (LocalCount(), LocalCount(), LocalHistogram(buckets: .sizes))
            counter.adopt(part)
            gauge.adopt(other)
            histogram.adopt(recorded)
            part.add(10)
            other.add(-1)
            recorded.record(100)
        }
        #expect(counter.value == 31)
        #expect(gauge.value == 2)
        #expect(histogram.count == 4)
        #expect(registry.render().contains("hub_part_rows_sum 303\n"))
    }

    @Test func `a part is read by others while its thread counts`() async {
        let part = LocalCount()
        let counter = registry.counter("hub_busy_total", help: "Busy.")
        counter.adopt(part)
        await withTaskGroup { group in
            group.addTask { for _ in 0..<100_000 { part.add(1) } }
            group.addTask {
                var last = 0
                for _ in 0..<1_000 {
                    let value = counter.value
                    #expect(value >= last)
                    last = value
                }
            }
        }
        #expect(counter.value == 100_000)
    }

    @Test func `the process is described, and its numbers are plausible`() throws {
        ProcessMetrics.register(in: registry)
        let lines = registry.render().split(separator: "\n").filter { !$0.hasPrefix("#") }
        let values = Dictionary(
            uniqueKeysWithValues: lines.map { line in
                let parts = line.split(separator: " ")
                return (String(parts[0]), Double(parts[1]) ?? .nan)
            })
        #expect(
            values.keys.sorted() == [
                "process_cpu_seconds_total", "process_max_fds", "process_open_fds", "process_resident_memory_bytes",
                "process_start_time_seconds",
            ])
        #expect(try #require(values["process_cpu_seconds_total"]) > 0)
        #expect((1_000_000...100_000_000_000).contains(try #require(values["process_resident_memory_bytes"])))
        #expect((3...100_000).contains(try #require(values["process_open_fds"])))
        // Since 2020, and not in the future of anybody who reads this soon.
        #expect((1.6e9...1e11).contains(try #require(values["process_start_time_seconds"])))
    }

    @Test func `a histogram's buckets hold all up to their bound`() {
        let buckets = HistogramBuckets(bounds: [1_000_000, 2_500_000], scale: 1e-9)
        let histogram = registry.histogram("hub_ack_seconds", help: "Until acked.", buckets: buckets)
        for value in [0, 1_000_000, 1_000_001, 2_500_000, 2_500_001] { histogram.record(value) }
        histogram.record(.milliseconds(2))
        #expect(histogram.count == 6)
        #expect(
            registry.render() == """
                # HELP hub_ack_seconds Until acked.
                # TYPE hub_ack_seconds histogram
                hub_ack_seconds_bucket{le="0.001"} 2
                hub_ack_seconds_bucket{le="0.0025"} 5
                hub_ack_seconds_bucket{le="+Inf"} 6
                hub_ack_seconds_sum 0.009000002
                hub_ack_seconds_count 6

                """)
    }

    @Test func `labels are escaped and series ordered`() {
        let family = registry.counters("hub_requests_total", help: "Requests.", labels: ["method", "status"])
        family.with("POST", "201").increment()
        family.with("GET", "a\"b\\c\nd").increment(by: 2)
        family.with("POST", "201").increment()
        #expect(
            registry.render() == """
                # HELP hub_requests_total Requests.
                # TYPE hub_requests_total counter
                hub_requests_total{method="GET",status="a\\"b\\\\c\\nd"} 2
                hub_requests_total{method="POST",status="201"} 2

                """)
    }

    @Test func `a family's histogram carries its labels before the bound`() {
        let family = registry.histograms(
            "hub_rows", help: "Rows.", labels: ["table"], buckets: HistogramBuckets(bounds: [10]))
        family.with("locations").record(4)
        #expect(registry.render().contains("hub_rows_bucket{table=\"locations\",le=\"10\"} 1\n"))
        #expect(registry.render().contains("hub_rows_sum{table=\"locations\"} 4\n"))
    }

    @Test func `past its limit a family counts under other`() {
        let family = registry.counters("hub_paths_total", help: "Paths.", labels: ["path"], limit: 2)
        for index in 0..<1_000 { family.with("/\(index)").increment() }
        #expect(family.with("/0").value == 1)
        #expect(family.with("/1").value == 1)
        #expect(family.with("/999").value == 998)
        #expect(registry.render().contains("hub_paths_total{path=\"other\"} 998\n"))
    }

    @Test func `one name is one metric`() {
        registry.counter("hub_x_total", help: "X.").increment()
        registry.counter("hub_x_total", help: "X.").increment()
        #expect(registry.counter("hub_x_total", help: "X.").value == 2)
    }

    @Test func `a name taken by another kind, or no name at all, traps`() async {
        await #expect(processExitsWith: .failure) {
            let registry = MetricsRegistry()
            _ = registry.histogram("hub_x", help: "X.", buckets: .sizes)
            _ = registry.gauge("hub_x", help: "X.")
        }
        await #expect(processExitsWith: .failure) { _ = MetricsRegistry().counter("hub_x", help: "X.") }
        await #expect(processExitsWith: .failure) { _ = MetricsRegistry().gauge("hub_x_total", help: "X.") }
        await #expect(processExitsWith: .failure) { _ = MetricsRegistry().counter("Hub-X", help: "X.") }
    }

    @Test func `nothing is lost between threads`() async {
        let counter = registry.counter("hub_y_total", help: "Y.")
        let gauge = registry.gauge("hub_y", help: "Y.")
        let family = registry.counters("hub_z_total", help: "Z.", labels: ["z"])
        let histogram = registry.histogram("hub_z", help: "Z.", buckets: .sizes)
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for value in 0..<10_000 {
                        counter.increment()
                        gauge.add(value % 2 == 0 ? 2 : -1)
                        family.with("a").increment()
                        histogram.record(value)
                    }
                }
            }
        }
        #expect(counter.value == 40_000)
        #expect(gauge.value == 20_000)
        #expect(family.with("a").value == 40_000)
        #expect(histogram.count == 40_000)
    }
}
