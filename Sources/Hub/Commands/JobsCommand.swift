internal import Configuration
internal import FeatureKit
internal import Jobs
internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

/// `hubd jobs list|run|dead|retry`. Works beside a running hub and without one.
struct JobsCommand {
    private let invocation: CommandInvocation
    private let configuration: HubConfiguration
    private let log: Logger

    /// The most dead letters that are listed.
    private static let longestList = 1_000

    init(_ invocation: CommandInvocation, _ configuration: HubConfiguration, log: LogOutput) {
        self.invocation = invocation
        self.configuration = configuration
        log.level = max(log.level, .error)
        self.log = Logger("jobs", output: log)
    }

    func run() async -> ExitCode {
        if let mistake {
            Terminal.complain("\(invocation.command): \(mistake)")
            return .usage
        }
        return await CommandDatabase.run(configuration, log: log) { database in
            do throws(PostgresError) {
                let queue = JobQueue(database: database)
                switch invocation.command {
                case "jobs list": return try await list(service(database, queue), queue)
                case "jobs run": return try await runJob(service(database, queue))
                case "jobs dead": return try await dead(queue)
                default: return try await retry(queue)
                }
            } catch {
                Terminal.complain(error.description)
                return .unavailable
            }
        }
    }

    /// What is wrong with the command line beyond what the table of commands knows.
    private var mistake: String? {
        switch invocation.command {
        case "jobs retry":
            let isAll = invocation.has("all")
            switch invocation.operands.first {
            case nil: return isAll ? nil : "the ID of a dead job, or --all, is needed"
            case _? where isAll: return "either ID or --all"
            case _? where invocation.value("kind") != nil: return "--kind goes with --all"
            case let id?: return UniqueID(id) == nil ? "\(id) is no job's ID" : nil
            }
        default: return nil
        }
    }

    private func service(_ database: Database, _ queue: JobQueue) -> JobService {
        let services = JobServices(
            clock: SystemClock(), logger: log, database: database,
            locationRetention: configuration.limits.locationRetention,
            auditRetention: configuration.security.auditRetention)
        return JobService(
            database: database, queue: queue, holder: ProcessName.current, jobs: Features.scheduledJobs(services),
            metrics: MetricsRegistry(), log: log)
    }

    // MARK: The commands

    private func list(_ service: JobService, _ queue: JobQueue) async throws(PostgresError) -> ExitCode {
        let jobs = try await service.list()
        let depths = try await queue.depths()
        guard !invocation.has("json") else {
            printJSON { json in
                json.object { json in
                    json.array("jobs", of: jobs) { json, job in
                        json.object { JobsCommand.write(job, to: &$0) }
                    }
                    json.array("queue", of: depths) { json, depth in
                        json.object {
                            $0.member("kind", depth.kind)
                            $0.member("waiting", depth.waiting)
                            $0.member("running", depth.running)
                            $0.member("dead", depth.dead)
                        }
                    }
                }
            }
            return .success
        }
        var table = [["NAME", "SCHEDULE", "LAST RUN", "RESULT", "NEXT RUN", "REPORT"]]
        table += jobs.map { job in
            [
                job.job.name, "\(job.job.schedule)", job.row.lastStart?.rfc3339 ?? "never",
                job.row.holder.map { "running on \($0)" } ?? job.row.lastResult ?? "-",
                job.row.nextRun?.rfc3339 ?? "-", job.row.lastReport ?? "",
            ]
        }
        Terminal.write(JobsCommand.text(table))
        guard !depths.isEmpty else { return .success }
        let rows = depths.map { [$0.kind, "\($0.waiting)", "\($0.running)", "\($0.dead)"] }
        Terminal.write("\n" + JobsCommand.text([["KIND", "WAITING", "RUNNING", "DEAD"]] + rows))
        return .success
    }

    private static func write(_ job: JobService.Listing, to json: inout JSONWriter) {
        json.member("name", job.job.name)
        json.member("summary", job.job.summary)
        json.member("schedule", "\(job.job.schedule)")
        json.member("runningOn", job.row.holder)
        json.member("lastStartedAt", job.row.lastStart)
        json.member("lastFinishedAt", job.row.lastEnd)
        json.member("lastResult", job.row.lastResult)
        json.member("lastReport", job.row.lastReport)
        json.member("nextRunAt", job.row.nextRun)
    }

    private func runJob(_ service: JobService) async throws(PostgresError) -> ExitCode {
        let name = invocation.operands[0]
        switch try await service.run(name) {
        case .done(let report, let duration):
            Terminal.write("\(name) done in \(JobsCommand.text(duration))\(report.isEmpty ? "" : ": \(report)")\n")
            return .success
        case .failed(let reason, let duration):
            Terminal.complain("\(name) failed after \(JobsCommand.text(duration)): \(reason)")
            return .failure
        case .busy(let holder):
            Terminal.complain("\(name) is running\(holder.map { " on \($0)" } ?? "") already")
            return .failure
        case nil:
            Terminal.complain("there is no job called \(name); there are \(service.names.joined(separator: ", "))")
            return .usage
        }
    }

    private func dead(_ queue: JobQueue) async throws(PostgresError) -> ExitCode {
        let dead = try await queue.dead(limit: JobsCommand.longestList)
        guard !invocation.has("json") else {
            printJSON { json in
                json.array { json in
                    for job in dead { json.object { $0.members(of: job) } }
                }
            }
            return .success
        }
        guard !dead.isEmpty else {
            Terminal.write("no dead jobs\n")
            return .success
        }
        let rows = dead.map { ["\($0.id)", $0.kind, "\($0.attempts)", $0.diedAt.rfc3339, $0.reason] }
        Terminal.write(JobsCommand.text([["ID", "KIND", "ATTEMPTS", "DIED", "REASON"]] + rows))
        if dead.count == JobsCommand.longestList { Terminal.write("and there may be more\n") }
        return .success
    }

    private func retry(_ queue: JobQueue) async throws(PostgresError) -> ExitCode {
        let count: Int
        if let text = invocation.operands.first, let id = UniqueID(text) {
            count = try await queue.retryDead(id: id)
            guard count > 0 else {
                Terminal.complain("no dead job has the ID \(id), or the same is in the queue already")
                return .failure
            }
        } else {
            count = try await queue.retryDead(kind: invocation.value("kind"))
        }
        Terminal.write("\(count) \(count == 1 ? "job" : "jobs") put back\n")
        return .success
    }

    // MARK: Text

    private static func text(_ duration: Duration) -> String {
        let milliseconds = Int(duration / .milliseconds(1))
        return milliseconds < 10_000 ? "\(milliseconds) ms" : "\(milliseconds / 1000) s"
    }

    /// Columns as wide as they have to be, two spaces apart.
    private static func text(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let line = cells.joined(separator: "  ")
            return line.replacing(#/ +$/#, with: "") + "\n"
        }.joined()
    }

    private func printJSON(_ write: (inout JSONWriter) -> Void) {
        Terminal.write(String(decoding: JSONWriter.bytes(write), as: UTF8.self) + "\n")
    }
}
