@testable import Jobs
@testable import Persistence

extension PlanCatalog {
    private static let key = "sha256('500'::bytea)"
    private static let job = "'00000000-0000-4000-8000-0000000001f4'::uuid"

    static let idempotency: [PlanCase] = [
        PlanCase(PostgresIdempotencyStore.claim, [key, "sha256('')", "60", "86400"], within: 20),
        PlanCase(PostgresIdempotencyStore.keep, [key, "500", "200", "''"], within: 20),
        PlanCase(PostgresIdempotencyStore.release, [key, "500"], within: 20),
        PlanCase(PostgresIdempotencyStore.removal, ["86400", "5000"], within: 1000),
    ]

    static let jobs: [PlanCase] = [
        PlanCase(JobScheduleStore.add, ["ARRAY['stream_tickets', 'other']"], within: 20),
        PlanCase(JobScheduleStore.look, ["ARRAY['stream_tickets', 'other']"], within: 20),
        PlanCase(JobScheduleStore.claim, ["'stream_tickets'", "'hub'", "60", "true"], within: 20),
        PlanCase(JobScheduleStore.renew, ["'stream_tickets'", "7", "60"], within: 20),
        PlanCase(JobScheduleStore.finish, ["'stream_tickets'", "7", "'done'", "''", "now()"], within: 20),
        PlanCase(JobScheduleStore.list, within: 20),
        PlanCase(JobScheduleStore.require, ["'stream_tickets'", "7"], within: 20),
        PlanCase(
            JobQueueStore.insert, ["gen_random_uuid()", "'kind_1'", "1", "''", "'k'", "0", "8"], within: 20),
        PlanCase(
            JobQueueStore.claim, ["ARRAY['kind_1', 'kind_2']", "ARRAY[2, 2]", "ARRAY[30, 30]", "'hub'"], within: 50),
        PlanCase(JobQueueStore.nextDue, ["ARRAY['kind_1', 'kind_2']"], within: 50),
        PlanCase(JobQueueStore.renew, [job, "1", "30"], within: 20),
        PlanCase(JobQueueStore.complete, [job, "1"], within: 20),
        PlanCase(JobQueueStore.fail, [job, "1", "'no'", "5", "false"], within: 20),
        PlanCase(JobQueueStore.release, [job, "1"], within: 20),
        PlanCase(JobQueueStore.require, [job, "1"], within: 20),
        // They count, or look for, whatever there is; an operator's and, every 15 s, the metrics'.
        PlanCase(JobQueueStore.depths, within: 200, readsWhole: ["jobs", "dead_jobs"]),
        PlanCase(JobQueueStore.dead, ["1000"]),
        PlanCase(JobQueueStore.retry, ["gen_random_uuid()", "NULL"], within: 200, readsWhole: ["dead_jobs"]),
        PlanCase(JobQueueStore.removeDead, ["2592000", "1000"], within: 1000),
    ]
}
