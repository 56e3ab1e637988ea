internal import FeatureKit
internal import HTTP
internal import Jobs
internal import Model
internal import Persistence
internal import Wire

extension AdminFeature {
    /// - Parameter queue: The hub's.
    func addJobRoutes(of queue: JobQueue, to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/admin/jobs", operationID: "listJobs", summary: "List scheduled and queued jobs",
                description: "Of all hubs on this database: schedules by name, and how much of each kind is queued.",
                tag: AdminFeature.tag, callers: .admin, ratePolicies: AdminFeature.ratePolicies,
                responses: [RouteResponse(.ok, "The jobs", .reference("JobList"))], errors: [.serviceUnavailable],
                handler: .later { try await jobs($0, in: queue) }))
        registry.add(
            Route(
                .get, "/api/v1/admin/jobs/dead", operationID: "listDeadJobs",
                summary: "List queued jobs that were given up",
                description: "The newest first. They are kept for 30 days; what they were to do is not shown.",
                tag: AdminFeature.tag, callers: .admin, ratePolicies: AdminFeature.ratePolicies, parameters: [.limit],
                responses: [RouteResponse(.ok, "The newest of them", .reference("DeadJobList"))],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await deadJobs($0, in: queue) }))
        registry.add(
            Route(
                .post, "/api/v1/admin/jobs/dead/{jobId}/retry", operationID: "retryDeadJob",
                summary: "Put a job back that was given up",
                description: "With all its attempts before it. 404 also if the same job is in the queue already.",
                tag: AdminFeature.tag, callers: .admin, ratePolicies: AdminFeature.ratePolicies,
                parameters: [.path("jobId", .uuid, "The job")],
                responses: [RouteResponse(.noContent, "It is in the queue")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await retry($0, in: queue) }))
    }

    private func jobs(_ request: RouteRequest, in queue: JobQueue) async throws -> HTTPResponse {
        let schedules = JobSchedules(database: core.database)
        let (rows, depths) = try await request.asking { () throws(DeviceStoreError) in
            try await AdminFeature.asking { () throws(PostgresError) in
                (try await schedules.list(), try await queue.depths())
            }
        }
        core.audit.note(request, .done)
        return .unkept(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("schedules", of: rows) { json, row in json.object { $0.members(of: row) } }
                    json.array("kinds", of: depths) { json, depth in
                        json.object {
                            $0.member("kind", depth.kind)
                            $0.member("waiting", depth.waiting)
                            $0.member("running", depth.running)
                            $0.member("dead", depth.dead)
                        }
                    }
                }
            })
    }

    private func deadJobs(_ request: RouteRequest, in queue: JobQueue) async throws -> HTTPResponse {
        var query = QueryReader(request.query)
        let limit = query.limit()
        try query.finish()
        let (dead, depths) = try await request.asking { () throws(DeviceStoreError) in
            try await AdminFeature.asking { () throws(PostgresError) in
                (try await queue.dead(limit: limit), try await queue.depths())
            }
        }
        core.audit.note(request, .done)
        return .unkept(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("jobs", of: dead) { json, job in json.object { $0.members(of: job) } }
                    json.member("total", max(dead.count, depths.reduce(0) { $0 + $1.dead }))
                    json.null("nextCursor")
                }
            })
    }

    private func retry(_ request: RouteRequest, in queue: JobQueue) async throws -> HTTPResponse {
        let missing = Problem(.notFound, "There is no dead job of that id, or the same is in the queue already")
        guard let id = UniqueID(request.parameter("jobId")) else { throw missing }
        var entry = try note(request, at: services.clock.now, target: id.description)
        entry.outcome = .started
        // On record before it is done.
        try await request.asking { [entry] () throws(DeviceStoreError) in try await core.audit.write(entry) }
        let count = try await request.asking { () throws(DeviceStoreError) in
            try await AdminFeature.asking { () throws(PostgresError) in try await queue.retryDead(id: id) }
        }
        entry.outcome = count > 0 ? .done : .notFound
        entry.affected = count
        try await request.asking { [entry] () throws(DeviceStoreError) in try await core.audit.write(entry) }
        guard count > 0 else { throw missing }
        return HTTPResponse(.noContent)
    }

    /// The queue speaks of Postgres, requests of stores.
    private static func asking<Value: Sendable>(
        _ body: () async throws(PostgresError) -> Value
    ) async throws(DeviceStoreError) -> Value {
        do throws(PostgresError) {
            return try await body()
        } catch {
            throw DeviceStoreError(error)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func members(of row: JobScheduleRow) {
        member("name", row.name)
        member("runningOn", row.holder)
        member("lastStartedAt", row.lastStart)
        member("lastFinishedAt", row.lastEnd)
        member("lastResult", row.lastResult)
        member("lastReport", row.lastReport)
        member("nextRunAt", row.nextRun)
    }
}
