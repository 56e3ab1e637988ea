internal import Model
internal import Persistence

/// The queue in `core.jobs` and `core.dead_jobs`.
struct JobQueueStore: Sendable {
    let database: Database

    /// A job that a worker holds.
    struct Claim: Sendable {
        /// Names the claim: a worker may hold a job twice, if it lost it and has not let go yet.
        struct Name: Hashable, Sendable {
            let id: UniqueID
            let fence: Int64
        }

        let id: UniqueID
        let kind: String
        let payload: [UInt8]
        /// Which attempt this is, from 1.
        let attempt: Int
        let fence: Int64

        var name: Name { Name(id: id, fence: fence) }
    }

    /// How many of a kind are wanted.
    struct Want: Equatable, Sendable {
        let kind: String
        let count: Int
        let lease: Duration
    }

    enum FailureOutcome: Sendable {
        case retried
        case dead
        /// The claim was not the last one.
        case refused
    }

    func insert(_ job: QueuedJob) async throws(PostgresError) -> Bool {
        try await database.query(job.insertion).rowCount == 1
    }

    /// What was claimed, and when there is more to claim.
    struct Look: Sendable {
        let claims: [Claim]
        /// By kind, in how long the next job that was left falls due or the next lease ends; not above zero if one is due
        /// and could not be had, or was one too many. Kinds of which none is left are missing.
        let dueIn: [String: Duration]
    }

    func look(_ wants: [Want], by worker: String) async throws(PostgresError) -> Look {
        var kinds = PostgresParameters()
        kinds.append(array: wants.map(\.kind))
        let results = try await database.transaction([
            claiming(wants, by: worker), PostgresQuery(JobQueueStore.nextDue, kinds),
        ])
        let due = results[1].rows.compactMap { row in
            row.text(0).map { ($0, Duration.seconds(row.double(1) ?? 0)) }
        }
        return Look(claims: claims(in: results[0]), dueIn: Dictionary(due, uniquingKeysWith: min))
    }

    func claim(_ wants: [Want], by worker: String) async throws(PostgresError) -> [Claim] {
        claims(in: try await database.query(claiming(wants, by: worker)))
    }

    private func claiming(_ wants: [Want], by worker: String) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append(array: wants.map(\.kind))
        parameters.append(array: wants.map { Int32($0.count) })
        parameters.append(array: wants.map { $0.lease / .seconds(1) })
        parameters.append(worker)
        return PostgresQuery(JobQueueStore.claim, parameters)
    }

    private func claims(in result: PostgresResult) -> [Claim] {
        result.rows.compactMap { row in
            guard let id = row.uniqueID(0), let kind = row.text(1), let fence = row.int64(4) else { return nil }
            return Claim(
                id: id, kind: kind, payload: row.bytes(2) ?? [], attempt: Int(row.int32(3) ?? 1), fence: fence)
        }
    }

    /// - Returns: Whether the claim still is the last one, as in those that follow.
    func renew(_ claim: Claim, lease: Duration, timeout: Duration) async throws(PostgresError) -> Bool {
        try await database.query(
            JobQueueStore.renew.with(claim.id, claim.fence, lease / .seconds(1)), timeout: timeout
        ).affectedRows == 1
    }

    func complete(_ claim: Claim) async throws(PostgresError) -> Bool {
        try await database.query(JobQueueStore.complete.with(claim.id, claim.fence)).affectedRows == 1
    }

    func fail(
        _ claim: Claim, reason: String, delay: Duration, isPermanent: Bool
    ) async throws(PostgresError) -> FailureOutcome {
        let result = try await database.query(
            JobQueueStore.fail.with(claim.id, claim.fence, reason, delay / .seconds(1), isPermanent))
        switch result[0].text(0) {
        case "retried": return .retried
        case "dead": return .dead
        default: return .refused
        }
    }

    /// Gives a job back as if it had not been claimed.
    func release(_ claim: Claim) async throws(PostgresError) -> Bool {
        try await database.query(JobQueueStore.release.with(claim.id, claim.fence)).affectedRows == 1
    }

    func depths() async throws(PostgresError) -> [JobQueueDepth] {
        try await database.query(PostgresQuery(JobQueueStore.depths)).rows.map { row in
            JobQueueDepth(
                kind: row.text(0) ?? "", waiting: Int(row.int64(1) ?? 0), running: Int(row.int64(2) ?? 0),
                dead: Int(row.int64(3) ?? 0))
        }
    }

    func dead(limit: Int) async throws(PostgresError) -> [DeadJob] {
        try await database.query(JobQueueStore.dead.with(Int32(limit))).rows.compactMap { row in
            guard let id = row.uniqueID(0), let createdAt = row.timestamp(4), let diedAt = row.timestamp(5) else {
                return nil
            }
            return DeadJob(
                id: id, kind: row.text(1) ?? "", attempts: Int(row.int32(2) ?? 0), reason: row.text(3) ?? "",
                createdAt: createdAt, diedAt: diedAt)
        }
    }

    func retryDead(id: UniqueID?, kind: String?) async throws(PostgresError) -> Int {
        Int(try await database.query(JobQueueStore.retry.with(id, kind), timeout: .seconds(60))[0].int64(0) ?? 0)
    }

    func removeDead(olderThan age: Duration, limit: Int) async throws(PostgresError) -> Int {
        try await database.query(JobQueueStore.removeDead.with(age / .seconds(1), Int32(limit))).affectedRows
    }

    /// What a handler's own transaction begins with; see ``JobLease/proof``.
    static func proof(_ claim: Claim) -> PostgresQuery { require.with(claim.id, claim.fence) }

    /// See ``JobLease/retirement``.
    static func retirement(_ claim: Claim) -> PostgresQuery { retire.with(claim.id, claim.fence) }

    static let insert = PostgresStatement(
        "core.insert_job",
        """
        INSERT INTO core.jobs (id, kind, priority, payload, dedupe_key, run_at, max_attempts)
        VALUES ($1::uuid, $2::text, $3::smallint, $4::bytea, $5::text,
            clock_timestamp() + make_interval(secs => $6::double precision), $7::int)
        ON CONFLICT (kind, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING RETURNING id
        """)

    /// In the order of their keys, so that two who add the same ones cannot wait for each other.
    static let insertMany = PostgresStatement(
        "core.insert_jobs",
        """
        INSERT INTO core.jobs (id, kind, priority, payload, dedupe_key, run_at, max_attempts)
        SELECT id, kind, priority, payload, dedupe_key, clock_timestamp() + make_interval(secs => delay), attempts
        FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::bytea[], $5::text[], $6::double precision[], $7::int[])
            AS job (id, kind, priority, payload, dedupe_key, delay, attempts)
        ORDER BY kind, dedupe_key
        ON CONFLICT (kind, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
        """)

    static let claim = PostgresStatement(
        "core.claim_jobs",
        """
        SELECT id, kind, payload, attempts, fence
        FROM core.claim_jobs($1::text[], $2::int[], $3::double precision[], $4::text)
        """)

    static let nextDue = PostgresStatement(
        "core.next_due_jobs",
        """
        SELECT wanted.kind, extract(epoch FROM min(next.run_at) - clock_timestamp())::double precision
        FROM unnest($1::text[]) AS wanted (kind) CROSS JOIN unnest('{0,1,2}'::smallint[]) AS level (priority)
            CROSS JOIN LATERAL (
                SELECT j.run_at FROM core.jobs j WHERE j.kind = wanted.kind AND j.priority = level.priority
                ORDER BY j.run_at LIMIT 1) next
        GROUP BY wanted.kind
        """)

    static let renew = PostgresStatement(
        "core.renew_job",
        """
        UPDATE core.jobs SET run_at = clock_timestamp() + make_interval(secs => $3::double precision)
        WHERE id = $1::uuid AND fence = $2::bigint
        """)

    static let complete = PostgresStatement(
        "core.complete_job", "DELETE FROM core.jobs WHERE id = $1::uuid AND fence = $2::bigint")

    static let fail = PostgresStatement(
        "core.fail_job",
        "SELECT core.fail_job($1::uuid, $2::bigint, $3::text, $4::double precision, $5::boolean)")

    static let release = PostgresStatement(
        "core.release_job",
        """
        UPDATE core.jobs
        SET run_at = clock_timestamp(), locked_by = NULL, fence = fence + 1, attempts = attempts - 1
        WHERE id = $1::uuid AND fence = $2::bigint
        """)

    static let depths = PostgresStatement(
        "core.job_depths",
        """
        SELECT kind, sum(waiting)::bigint, sum(running)::bigint, sum(dead)::bigint FROM (
            SELECT kind, count(*) FILTER (WHERE locked_by IS NULL OR run_at <= clock_timestamp()) AS waiting,
                count(*) FILTER (WHERE locked_by IS NOT NULL AND run_at > clock_timestamp()) AS running, 0 AS dead
            FROM core.jobs GROUP BY kind
            UNION ALL SELECT kind, 0, 0, count(*) FROM core.dead_jobs GROUP BY kind
        ) kinds GROUP BY kind ORDER BY kind
        """)

    static let dead = PostgresStatement(
        "core.list_dead_jobs",
        """
        SELECT id, kind, attempts, last_error, created_at, died_at FROM core.dead_jobs
        ORDER BY died_at DESC, id LIMIT $1::int
        """)

    static let retry = PostgresStatement(
        "core.retry_dead_jobs", "SELECT core.retry_dead_jobs($1::uuid, $2::text)")

    static let removeDead = PostgresStatement(
        "core.remove_dead_jobs",
        """
        DELETE FROM core.dead_jobs WHERE id = ANY (ARRAY(
            SELECT id FROM core.dead_jobs
            WHERE died_at <= clock_timestamp() - make_interval(secs => $1::double precision)
            ORDER BY died_at LIMIT $2::int FOR UPDATE SKIP LOCKED))
        """)

    static let require = PostgresStatement(
        "core.require_job", "SELECT core.require_job($1::uuid, $2::bigint)")

    static let retire = PostgresStatement(
        "core.retire_job", "UPDATE core.jobs SET dedupe_key = NULL WHERE id = $1::uuid AND fence = $2::bigint")
}
