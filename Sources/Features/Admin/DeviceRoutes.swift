internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension AdminFeature {
    func addDeviceRoutes(to registry: Registry) {
        registry.add(
            Route(
                .post, "/api/v1/admin/devices/{deviceId}/reactivate", operationID: "reactivateDevice",
                summary: "Bring a deactivated device back into its group",
                description: "One that is active stays as it is.", tag: AdminFeature.tag, callers: .admin,
                ratePolicies: AdminFeature.ratePolicies, parameters: [.path("deviceId", .uuid, "The device")],
                responses: [RouteResponse(.ok, "The device", .reference("Reactivation"))],
                errors: [.notFound, .groupFull, .serviceUnavailable], handler: .later { try await reactivate($0) }))
        registry.add(
            Route(
                .get, "/api/v1/admin/devices", operationID: "listAllDevices", summary: "List devices, active or not",
                description: "By id.", tag: AdminFeature.tag, callers: .admin, ratePolicies: AdminFeature.ratePolicies,
                parameters: [
                    .query("groupId", .string(length: 2...50), "Of this group alone"),
                    .query("active", .boolean, "Active or inactive ones alone"), .limit, .cursor,
                ],
                responses: [RouteResponse(.ok, "A page of devices", .reference("AdminDevicePage"))],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await devices($0) }))
    }

    private func reactivate(_ request: RouteRequest) async throws -> HTTPResponse {
        guard let id = DeviceID(request.parameter("deviceId")) else { throw Problem(.notFound, "Device not found") }
        try await core.visibility.require(id, by: request.principal)
        let now = services.clock.now
        let note = try note(request, at: now, target: id.description)
        let outcome = try await request.asking { () throws(DeviceStoreError) in
            try await custody.reactivate(id, limit: core.groupLimit, at: now, note: note)
        }
        switch outcome {
        case .notFound: throw Problem(.notFound, "Device not found")
        case .groupFull:
            throw Problem(.groupFull, "Group has reached maximum device limit (\(core.groupLimit))")
        case .alreadyActive(let device): return AdminFeature.answer(device, affected: 0)
        case .reactivated(let state):
            core.live.reactivated(state)
            return AdminFeature.answer(state.device, affected: 1)
        }
    }

    private static func answer(_ device: Device, affected: Int) -> HTTPResponse {
        .json(
            JSONWriter.bytes { json in
                json.object {
                    $0.members(of: device)
                    $0.member("affected", affected)
                }
            })
    }

    private func devices(_ request: RouteRequest) async throws -> HTTPResponse {
        var query = QueryReader(request.query)
        let (group, isActive, limit) = (query.group("groupId"), query.flag("active"), query.limit())
        let list = "devices|\(group?.rawValue ?? "")|\(isActive.map { "\($0)" } ?? "")"
        let position = query.cursor(count: 2, of: list)
        try query.finish()
        let last = position.map { DeviceID(UniqueID(high: $0[0], low: $0[1])) }
        let found = try await request.asking { () throws(DeviceStoreError) in
            try await custody.devices(in: group, isActive: isActive, after: last, limit: limit + 1)
        }
        core.audit.note(request, .done)
        return .page("devices", found, limit: limit) { json, device in
            json.object { $0.members(of: device) }
        } cursor: { device in
            PageCursor.encode([device.id.rawValue.high, device.id.rawValue.low], of: list)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func members(of device: Device) {
        member("deviceId", device.id.rawValue)
        member("displayName", device.displayName)
        member("groupId", device.group.rawValue)
        member("platform", device.platform)
        member("active", device.isActive)
        member("createdAt", device.createdAt)
        member("updatedAt", device.updatedAt)
        member("lastSeenAt", device.lastSeenAt)
    }
}

extension HTTPResponse {
    /// `{"<name>":[…],"nextCursor":…}` of a list that was asked for one entry more than a page has.
    static func page<Entry>(
        _ name: StaticString, _ found: [Entry], limit: Int, _ write: (inout JSONWriter, Entry) -> Void,
        cursor: (Entry) -> String
    ) -> HTTPResponse {
        let shown = found.prefix(limit)
        return .unkept(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array(name, of: shown, write)
                    if found.count > limit, let last = shown.last {
                        json.member("nextCursor", cursor(last))
                    } else {
                        json.null("nextCursor")
                    }
                }
            })
    }
}
