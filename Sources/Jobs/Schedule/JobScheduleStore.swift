internal import Model
internal import Persistence

/// The schedules in `core.job_schedule`.
struct JobScheduleStore: Sendable {
    let database: Database

    /// What is known of the jobs, by the database's clock.
    struct Look: Sendable {
        let entries: [JobPlanner.Entry]
        let now: Timestamp
    }

    struct Claim: Sendable {
        let fence: Int64
        /// The database's time of the claim.
        let at: Timestamp
    }

    /// Looks at the jobs of these names. One that was never seen is due now.
    func look(_ names: [String]) async throws(PostgresError) -> Look {
        var parameters = PostgresParameters()
        parameters.append(array: names)
        let results = try await database.transaction([
            PostgresQuery(JobScheduleStore.add, parameters), PostgresQuery(JobScheduleStore.look, parameters),
            PostgresQuery(JobScheduleStore.clock),
        ])
        let entries = results[1].rows.compactMap { row -> JobPlanner.Entry? in
            guard let name = row.text(0), let nextRun = row.timestamp(1) else { return nil }
            return JobPlanner.Entry(name: name, nextRun: nextRun, lockedUntil: row.timestamp(2))
        }
        return Look(entries: entries, now: results[2][0].timestamp(0) ?? Timestamp(milliseconds: 0))
    }

    /// - Parameter isForced: Whether it may be claimed although it is not due.
    /// - Returns: Nothing if another holds it, or it is no longer due.
    func claim(
        _ name: String, by holder: String, lease: Duration, isForced: Bool
    ) async throws(PostgresError) -> Claim? {
        let result = try await database.query(
            JobScheduleStore.claim.with(name, holder, lease / .seconds(1), isForced))
        guard result.rowCount == 1, let fence = result[0].int64(0), let at = result[0].timestamp(1) else { return nil }
        return Claim(fence: fence, at: at)
    }

    /// - Returns: Whether the claim still is the last one.
    func renew(
        _ name: String, fence: Int64, lease: Duration, timeout: Duration
    ) async throws(PostgresError) -> Bool {
        try await database.query(
            JobScheduleStore.renew.with(name, fence, lease / .seconds(1)), timeout: timeout
        ).affectedRows == 1
    }

    /// Notes the end of a run and when the job is due again; a run that was not due leaves that as it is.
    ///
    /// - Returns: Whether the claim still was the last one.
    func finish(
        _ name: String, fence: Int64, result: String, report: String, next: Timestamp
    ) async throws(PostgresError) -> Bool {
        try await database.query(JobScheduleStore.finish.with(name, fence, result, report, next)).affectedRows == 1
    }

    /// Everything, by name.
    func list() async throws(PostgresError) -> [JobScheduleRow] {
        try await database.query(PostgresQuery(JobScheduleStore.list)).rows.map { row in
            JobScheduleRow(
                name: row.text(0) ?? "", nextRun: row.timestamp(1), holder: row.text(2),
                lastStart: row.timestamp(3), lastEnd: row.timestamp(4), lastResult: row.text(5),
                lastReport: row.text(6))
        }
    }

    /// What a job's own transaction begins with; see ``JobLease/proof``.
    static func proof(_ name: String, fence: Int64) -> PostgresQuery { require.with(name, fence) }

    static let add = PostgresStatement(
        "core.add_job_schedules",
        """
        INSERT INTO core.job_schedule (name, next_run_at)
        SELECT name, clock_timestamp() FROM unnest($1::text[]) AS name
        WHERE name NOT IN (SELECT s.name FROM core.job_schedule s) ON CONFLICT DO NOTHING
        """)

    static let look = PostgresStatement(
        "core.look_at_job_schedules",
        "SELECT name, next_run_at, locked_until FROM core.job_schedule WHERE name = ANY($1::text[])")

    static let clock = PostgresStatement("core.clock", "SELECT clock_timestamp()")

    static let claim = PostgresStatement(
        "core.claim_job_run",
        """
        UPDATE core.job_schedule
        SET fence = fence + 1, locked_until = clock_timestamp() + make_interval(secs => $3::double precision),
            locked_by = $2::text, last_started_at = clock_timestamp()
        WHERE name = $1::text AND ($4::boolean OR next_run_at <= clock_timestamp())
            AND (locked_until IS NULL OR locked_until <= clock_timestamp())
        RETURNING fence, last_started_at
        """)

    static let renew = PostgresStatement(
        "core.renew_job_run",
        """
        UPDATE core.job_schedule SET locked_until = clock_timestamp() + make_interval(secs => $3::double precision)
        WHERE name = $1::text AND fence = $2::bigint
        """)

    static let finish = PostgresStatement(
        "core.finish_job_run",
        """
        UPDATE core.job_schedule
        SET locked_until = NULL, locked_by = NULL, last_finished_at = clock_timestamp(), last_result = $3::text,
            last_report = $4::text,
            next_run_at = CASE WHEN next_run_at <= clock_timestamp() THEN $5::timestamptz ELSE next_run_at END
        WHERE name = $1::text AND fence = $2::bigint
        """)

    static let list = PostgresStatement(
        "core.list_job_schedules",
        """
        SELECT name, next_run_at, CASE WHEN locked_until > clock_timestamp() THEN locked_by END, last_started_at,
            last_finished_at, last_result, last_report
        FROM core.job_schedule ORDER BY name
        """)

    static let require = PostgresStatement(
        "core.require_job_run", "SELECT core.require_job_run($1::text, $2::bigint)")
}
