internal import Actors
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension CoreFeature {
    func addDeviceRoutes(to registry: Registry) {
        registry.add(
            Route(
                .post, "/api/v1/devices/register", operationID: "registerDevice",
                summary: "Register a device, or update it",
                description: """
                    Creates the device or updates the one with this `deviceId`: its name, its push token and its group. \
                    A group has at most \(core.groupLimit) active devices. A device that was deactivated is active again. \
                    A user registers devices that are theirs or new, at most \
                    \(core.deviceLimit) active ones, in groups they are a member of.
                    """,
                tag: "Devices", callers: [.apiKey, .user],
                content: RequestContent(.reference("Registration"), example: CoreSchemas.registrationExample),
                responses: [
                    RouteResponse(.ok, "The device", .reference("RegisteredDevice"), example: CoreSchemas.deviceExample)
                ],
                errors: [.groupFull, .conflict, .notFound, .serviceUnavailable],
                handler: .later { try await register($0) }))
        registry.add(
            Route(
                .get, "/api/v1/devices", operationID: "listDevices",
                summary: "List a group's active devices with where they were last",
                description: """
                    By display name. A group that does not exist has no devices; to a user a group they are no member of \
                    is 404.
                    """, tag: "Devices",
                callers: [.apiKey, .user],
                parameters: [.query("groupId", CoreSchemas.groupID, required: true, "The group's name")],
                responses: [
                    RouteResponse(.ok, "The devices", .reference("DeviceList"), example: CoreSchemas.listExample)
                ],
                errors: [.missingField, .validationError, .notFound, .serviceUnavailable],
                handler: .deferred { list($0, $1) }))
        registry.add(
            Route(
                .delete, "/api/v1/devices/{deviceId}", operationID: "deactivateDevice", summary: "Deactivate a device",
                description: "It leaves its group's list and its sessions end; its locations stay.", tag: "Devices",
                callers: [.apiKey, .user], parameters: [.path("deviceId", .string(format: "uuid"), "The device")],
                responses: [RouteResponse(.noContent, "It is inactive")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await deactivate($0) }))
        registry.add(
            Route(
                .get, "/api/v1/devices/mine", operationID: "listOwnDevices", summary: "List one's own devices",
                description: "The active ones first, then by age.", tag: "Devices", callers: .user,
                responses: [RouteResponse(.ok, "The devices", .reference("OwnDeviceList"))],
                errors: [.serviceUnavailable], handler: .later { try await listOwn($0) }))
    }

    /// Stories 2.1 to 2.3.
    private func register(_ request: RouteRequest) async throws -> HTTPResponse {
        let registration: DeviceRegistration
        do throws(Refusal) {
            registration = try core.decoder.decodeRegistration(request.body)
        } catch {
            throw Problem(error)
        }
        if let user = request.principal.user { return try await register(registration, by: user.id, request) }
        do throws(DeviceStoreError) {
            let outcome = try await core.devices.register(
                registration, limit: core.groupLimit, at: services.clock.now)
            core.live.registered(outcome)
            return .json(ResponseEncoder.registered(outcome.device))
        } catch {
            request.log(error)
            throw Problem(error)
        }
    }

    /// A user's: in a group they are in, and never a device that is not theirs.
    private func register(
        _ registration: DeviceRegistration, by user: UserID, _ request: RouteRequest
    ) async throws -> HTTPResponse {
        let limit = core.deviceLimit
        let result = try await request.asking { () throws(DeviceStoreError) in
            try await people.register(
                registration, by: user, deviceLimit: limit, groupLimit: core.groupLimit, at: services.clock.now)
        }
        switch result {
        case .registered(let outcome):
            core.live.registered(outcome)
            return .json(ResponseEncoder.registered(outcome.device))
        case .notMember: throw Problem.notFound
        // Nothing of whose it is, or whether it is anybody's.
        case .taken: throw Problem(.conflict, "A device with this ID cannot be registered; choose another ID")
        case .tooManyDevices:
            throw Problem(.conflict, "A user may have at most \(limit) active devices; deactivate or erase one first")
        }
    }

    private func listOwn(_ request: RouteRequest) async throws -> HTTPResponse {
        guard let user = request.principal.user else { throw Problem.forbidden }
        let devices = try await request.asking { () throws(DeviceStoreError) in try await people.devices(of: user.id) }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("devices", of: devices) { json, device in
                        json.object { json in
                            json.member("deviceId", device.id.rawValue)
                            json.member("displayName", device.displayName)
                            json.member("groupId", device.group.rawValue)
                            json.member("platform", device.platform)
                            json.member("active", device.isActive)
                            json.member("createdAt", device.createdAt)
                            json.member("updatedAt", device.updatedAt)
                            json.member("lastSeenAt", device.lastSeenAt)
                        }
                    }
                }
            })
    }

    /// Story 2.4.
    private func deactivate(_ request: RouteRequest) async throws -> HTTPResponse {
        guard let id = DeviceID(request.parameter("deviceId")) else {
            throw Problem(.notFound, "Device not found")
        }
        try await core.visibility.require(id, by: request.principal)
        let now = services.clock.now
        let device: Device?
        do throws(DeviceStoreError) {
            device = try await core.devices.deactivate(id, at: now)
        } catch {
            request.log(error)
            throw Problem(error)
        }
        guard let device else { throw Problem(.notFound, "Device not found") }
        core.live.deactivated(device, at: now)
        return HTTPResponse(.noContent)
    }

    /// Stories 2.5 and 3.5, answered from live state.
    private func list(_ request: RouteRequest, _ responder: HTTPResponder) {
        guard let name = request.query["groupId"], !name.isEmpty else {
            let detail = FieldError(field: "groupId", message: "Group ID is required")
            return responder.fail(
                Problem(.missingField, "The query parameter groupId is missing", details: [detail]), for: request)
        }
        guard let group = GroupID(name) else {
            let detail = FieldError(
                field: "groupId", message: "Group ID must be 2 to 50 letters, digits, hyphens or underscores")
            return responder.fail(
                Problem(.validationError, "Validation failed", details: [detail]), for: request)
        }
        core.visibility.admit(request, responder, to: .group(group)) { list(group, request, responder) }
    }

    private func list(_ group: GroupID, _ request: RouteRequest, _ responder: HTTPResponder) {
        let origin = request.loop
        core.live.enter(group) { directory in
            directory.find(group) { found in
                let answer = found.map { group in CoreFeature.body(of: group) }
                CoreFeature.go(to: origin) {
                    switch answer {
                    case .success(let body): responder.respond(.json(body))
                    case .failure: responder.fail(.databaseUnavailable, for: request)
                    }
                }
            }
        }
    }

    /// The list of a group's devices as it is sent; on the group's loop.
    private static func body(of group: GroupActor) -> [UInt8] {
        group.assumeIsolated { group in
            group.listing { members in
                ResponseEncoder.devices { json in
                    for member in members {
                        json.groupMember(member.device.id, member.device.displayName, member.presence, member.fix)
                    }
                }
            }
        }
    }

    /// Runs `work` on `loop`: at once if the caller is there.
    static func go(to loop: Loop, _ work: @escaping @Sendable () -> Void) {
        if loop.isCurrent { work() } else { loop.execute(work) }
    }
}
