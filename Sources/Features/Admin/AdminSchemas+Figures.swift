internal import FeatureKit

extension AdminSchemas {
    /// What the overview answers.
    static func defineFigures(in registry: Registry) {
        registry.define(
            "Distribution",
            .object([
                .required("bounds", .array(of: .number(minimum: 0)), "Upper ones, in seconds, ascending"),
                .required(
                    "counts", .array(of: .integer(minimum: 0)),
                    "How many lie between a bound and the one before; the last, those above all bounds"),
                .required("sum", .number(minimum: 0), "Of all of them, in seconds"),
            ]))
        registry.define(
            "Overview",
            .object([
                .required("at", .timestamp), .required("version", .string()),
                .required("startedAt", .timestamp, "When the process started"), .required("live", live),
                .required("totals", totals, "Since the process started"),
                .required(
                    "fanOut", .reference("Distribution"), "From receiving a position to the kernel having taken it"),
                .required("acks", .reference("Distribution"), "From receiving a report to telling of its commit"),
                .required("writeBehind", writeBehind, "Locations on their way into the database"),
                .required(
                    "slowReaders",
                    counts("fellBehind", "closed"),
                    "How often a watcher fell behind, and streams closed because their clients took nothing"),
                .required("jobs", counts("waiting", "running", "dead"), "Queued jobs, counted every 15 s"),
                .required("loops", .array(of: loop)), .required("process", process), .required("database", database),
            ]))
    }

    private static func counts(_ names: String...) -> Schema {
        .object(names.map { .required($0, .integer(minimum: 0)) })
    }

    private static let live = counts("sessions", "deviceSessions", "watchers", "groups", "devices", "connections")
    private static let totals = counts(
        "reports", "lateReports", "deliveries", "framesReceived", "framesSent", "bytesReceived", "bytesSent",
        "requests",
        "serverErrors", "refusedMessages", "rateLimited")
    private static let writeBehind = Schema.object([
        .required("held", .integer(minimum: 0), "Taken and not yet committed"),
        .required("committed", .integer(minimum: 0)), .required("refused", .integer(minimum: 0)),
        .required("dropped", .integer(minimum: 0)), .required("retries", .integer(minimum: 0)),
        .required("flushes", .reference("Distribution")),
    ])
    private static let loop = Schema.object([
        .required("loop", .integer(minimum: 0)),
        .required("silentSeconds", .number(minimum: 0), "Since it last looked at its timers"),
        .required("mailboxItems", .integer(minimum: 0)), .required("lag", .reference("Distribution")),
    ])
    private static let process = Schema.object([
        .required("cpuSeconds", .number(minimum: 0)), .required("residentBytes", .integer(minimum: 0)),
        .required("openFiles", .integer(minimum: 0)), .required("openFilesLimit", .integer(minimum: 0)),
    ])
    private static let database = Schema.object([
        .required("connected", .boolean), .required("latencyMs", .nullable(.number(minimum: 0)), "Null if it is away"),
        .required("activeConnections", .integer(minimum: 0)), .required("idleConnections", .integer(minimum: 0)),
        .required("waiting", .integer(minimum: 0), "Units of work that wait for a connection"),
        .required("failures", .integer(minimum: 0)), .required("queries", .reference("Distribution")),
    ])

    /// What the routes of jobs answer.
    static func defineJobs(in registry: Registry) {
        registry.define(
            "JobList",
            .object([
                .required(
                    "schedules",
                    .array(
                        of: .object([
                            .required("name", .string()),
                            .optional("runningOn", .string(), "Which hub, at this moment"),
                            .optional("lastStartedAt", .timestamp), .optional("lastFinishedAt", .timestamp),
                            .optional("lastResult", .string()), .optional("lastReport", .string()),
                            .optional("nextRunAt", .timestamp),
                        ]))),
                .required(
                    "kinds",
                    .array(
                        of: .object([
                            .required("kind", .string()), .required("waiting", .integer(minimum: 0)),
                            .required("running", .integer(minimum: 0)), .required("dead", .integer(minimum: 0)),
                        ]))),
            ]))
        registry.define(
            "DeadJobList",
            .object([
                .required(
                    "jobs",
                    .array(
                        of: .object([
                            .required("id", .uuid), .required("kind", .string()),
                            .required("attempts", .integer(minimum: 0)),
                            .required("reason", .string(), "What went wrong the last time"),
                            .required("createdAt", .timestamp), .required("diedAt", .timestamp),
                        ]))),
                .required("total", .integer(minimum: 0)),
                .required("nextCursor", .nullable(.string()), "Null: there are no further pages"),
            ]))
    }
}
