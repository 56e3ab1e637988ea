internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension AdminFeature {
    /// How long one request goes on deleting; what is left is for the next.
    private static let purgeTime = Duration.seconds(20)
    /// From a day to a century. Zero would take what was deactivated by mistake a moment ago.
    static let purgeDays = 1...36_500

    func addPurgeRoute(to registry: Registry) {
        registry.add(
            Route(
                .delete, "/api/v1/admin/devices/inactive", operationID: "purgeInactiveDevices",
                summary: "Delete inactive devices that were not seen for a while",
                description: """
                    With everything that is stored of them, for ever. Each is deleted, and noted in the audit log, in a \
                    transaction of its own; after 20 seconds the answer says that there are more.
                    """,
                tag: AdminFeature.tag, callers: .admin, ratePolicies: AdminFeature.ratePolicies,
                parameters: [
                    .query(
                        "olderThanDays",
                        .integer(
                            minimum: AdminFeature.purgeDays.lowerBound, maximum: AdminFeature.purgeDays.upperBound),
                        required: true, "Days since the device was last seen")
                ],
                responses: [RouteResponse(.ok, "What was deleted", .reference("Purge"))],
                errors: [.missingField, .validationError, .serviceUnavailable],
                handler: .later { try await purge($0) }))
    }

    private func purge(_ request: RouteRequest) async throws -> HTTPResponse {
        var query = QueryReader(request.query)
        let days = query.required("olderThanDays", in: AdminFeature.purgeDays)
        try query.finish()
        guard let days else { throw Problem.internal }
        let now = services.clock.now
        let cutoff = now.advanced(by: .seconds(-days * 86_400))
        let detail = "olderThanDays=\(days)"
        var summary = try note(request, at: now, detail: detail)
        let deadline = ContinuousClock.now + AdminFeature.purgeTime
        var (devices, locations, isComplete) = (0, 0, true)
        var last: DeviceID?
        pages: while true {
            let page = try await request.asking { () throws(DeviceStoreError) in
                try await custody.inactiveDevices(unseenSince: cutoff, after: last, limit: 200)
            }
            for id in page {
                guard ContinuousClock.now < deadline, !Task.isCancelled else {
                    isComplete = false
                    break pages
                }
                last = id
                let entry = try note(
                    request, at: services.clock.now, operation: "purgeDevice", target: id.description, detail: detail)
                let erased = try await request.asking { () throws(DeviceStoreError) in
                    try await custody.purge(id, unseenSince: cutoff, at: entry.at, note: entry)
                }
                guard let erased else { continue }
                core.live.erased(id, createdBy: erased.device.createdAt)
                devices += 1
                locations += erased.locations
            }
            if page.isEmpty { break }
        }
        summary.affected = devices
        try await request.asking { [summary] () throws(DeviceStoreError) in try await core.audit.write(summary) }
        return .json(
            JSONWriter.bytes { json in
                json.object {
                    $0.member("affected", devices)
                    $0.member("locations", locations)
                    $0.member("isComplete", isComplete)
                }
            })
    }
}
