internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

extension AdminFeature {
    func addOverviewRoute(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/admin/overview", operationID: "getOverview",
                summary: "How this hub is, in figures of its metrics",
                description: """
                    Counters begin with the process: two answers tell what happened between them, and an answer with another \
                    `startedAt` is of another process. A look at it is not in the audit log, since it tells of nobody and a \
                    page asks for it every other second.
                    """,
                tag: AdminFeature.tag, callers: .admin, ratePolicies: AdminFeature.ratePolicies,
                responses: [RouteResponse(.ok, "The figures", .reference("Overview"))],
                handler: .later { try await overview($0) }))
    }

    /// How long the database may take to say that it is there; longer is as good as away, for who looks at a chart.
    private static let databasePatience = Duration.seconds(1)

    private func overview(_ request: RouteRequest) async throws -> HTTPResponse {
        // Not on the loop: it takes milliseconds where there are many series.
        let figures = await request.loop.offload { [metrics = services.metrics] in
            MetricsReading(metrics.render(as: .prometheus))
        }
        let health = await core.database.health(timeout: AdminFeature.databasePatience)
        let (now, version) = (services.clock.now, core.version)
        return .unkept(
            JSONWriter.bytes { json in
                json.object { json in
                    json.member("at", now)
                    json.member("version", version)
                    json.members(of: figures)
                    json.object("database") { json in
                        json.member("connected", health.isConnected)
                        if let latency = health.latency {
                            json.member("latencyMs", latency / .milliseconds(1))
                        } else {
                            json.null("latencyMs")
                        }
                        json.member("activeConnections", figures.count("database_connections_active"))
                        json.member("idleConnections", figures.count("database_connections_idle"))
                        json.member("waiting", figures.count("hub_database_pool_waiting"))
                        json.member("failures", figures.count("hub_database_query_failures_total"))
                        json.member("queries", figures.distribution("database_query_duration_seconds"))
                    }
                }
            })
    }
}

extension JSONWriter {
    fileprivate mutating func members(of figures: MetricsReading) {
        let started = figures.sum("process_start_time_seconds")
        member("startedAt", Timestamp(milliseconds: Int64(exactly: (started * 1000).rounded()) ?? 0))
        object("live") { json in
            json.member("sessions", figures.count("hub_sessions"))
            json.member("deviceSessions", figures.count("hub_device_sessions"))
            json.member("watchers", figures.count("hub_watchers"))
            json.member("groups", figures.count("hub_groups"))
            json.member("devices", figures.count("hub_devices"))
            json.member("connections", figures.count("hub_http_connections"))
        }
        object("totals") { json in
            json.member("reports", figures.count("hub_reports_total"))
            json.member("lateReports", figures.count("hub_reports_total", where: #"result="late""#))
            json.member("deliveries", figures.count("hub_fanout_deliveries_total"))
            json.member("framesReceived", figures.count("hub_frames_received_total"))
            json.member("framesSent", figures.count("hub_frames_sent_total"))
            json.member("bytesReceived", figures.count("hub_received_bytes_total"))
            json.member("bytesSent", figures.count("hub_sent_bytes_total"))
            json.member("requests", figures.count("http_requests_total"))
            json.member("serverErrors", figures.serverErrors)
            json.member("refusedMessages", figures.count("hub_messages_refused_total"))
            json.member("rateLimited", figures.count("hub_rate_limited_total"))
        }
        member("fanOut", figures.distribution("hub_fanout_seconds"))
        member("acks", figures.distribution("hub_ack_seconds"))
        object("writeBehind") { json in
            json.member("held", figures.count("hub_journal_rows_held"))
            json.member("committed", figures.count("hub_journal_rows_committed_total"))
            json.member("refused", figures.count("hub_journal_rows_refused_total"))
            json.member("dropped", figures.count("hub_journal_rows_dropped_total"))
            json.member("retries", figures.count("hub_journal_flush_retries_total"))
            json.member("flushes", figures.distribution("hub_journal_flush_seconds"))
        }
        object("slowReaders") { json in
            json.member("fellBehind", figures.count("hub_slow_readers_total"))
            json.member(
                "closed",
                figures.count("hub_slow_readers_closed_total") + figures.count("hub_chat_slow_readers_closed_total"))
        }
        object("jobs") { json in
            json.member("waiting", figures.count("hub_queue_jobs_waiting"))
            json.member("running", figures.count("hub_queue_jobs_running"))
            json.member("dead", figures.count("hub_queue_jobs_dead"))
        }
        array("loops", of: figures.values(of: "loop", in: "hub_loop_silent_seconds")) { json, loop in
            let pair = #"loop="\#(loop)""#
            json.object { json in
                json.member("loop", Int(loop) ?? 0)
                json.member("silentSeconds", figures.sum("hub_loop_silent_seconds", where: pair))
                json.member("mailboxItems", figures.count("hub_mailbox_items", where: pair))
                json.member("lag", figures.distribution("hub_loop_lag_seconds", where: pair))
            }
        }
        object("process") { json in
            json.member("cpuSeconds", figures.sum("process_cpu_seconds_total"))
            json.member("residentBytes", figures.count("process_resident_memory_bytes"))
            json.member("openFiles", figures.count("process_open_fds"))
            json.member("openFilesLimit", figures.count("process_max_fds"))
        }
    }

    fileprivate mutating func member(_ name: StaticString, _ distribution: MetricsReading.Distribution) {
        object(name) { json in
            json.array("bounds", of: distribution.bounds) { $0.value($1) }
            json.array("counts", of: distribution.counts) { $0.value($1) }
            json.member("sum", distribution.sum)
        }
    }
}

extension MetricsReading {
    /// Answers of the hub's own failing, by their statuses.
    fileprivate var serverErrors: Int {
        values(of: "status", in: "http_requests_total").filter { $0.hasPrefix("5") }
            .reduce(0) { $0 + count("http_requests_total", where: "status=\"\($1)\"") }
    }
}

extension HTTPResponse {
    /// What an operator sees is for nobody's cache.
    static func unkept(_ body: [UInt8]) -> HTTPResponse {
        var response = HTTPResponse.json(body)
        response.headers.append("Cache-Control", "no-store")
        return response
    }
}
