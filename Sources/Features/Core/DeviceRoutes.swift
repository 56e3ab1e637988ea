internal import Actors
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

extension CoreFeature {
    func addDeviceRoutes(to registry: Registry) {
        registry.add(
            Route(
                .post, "/api/v1/devices/register", operationID: "registerDevice",
                summary: "Register a device, or update it",
                description: """
                    Creates the device or updates the one with this `deviceId`: its name, its push token and its group. \
                    A group has at most \(core.groupLimit) active devices. A device that was deactivated is active again.
                    """,
                tag: "Devices", callers: .apiKey,
                content: RequestContent(.reference("Registration"), example: CoreSchemas.registrationExample),
                responses: [
                    RouteResponse(.ok, "The device", .reference("RegisteredDevice"), example: CoreSchemas.deviceExample)
                ],
                errors: [.groupFull, .serviceUnavailable], handler: .later { try await register($0) }))
        registry.add(
            Route(
                .get, "/api/v1/devices", operationID: "listDevices",
                summary: "List a group's active devices with where they were last",
                description: "By display name. A group that does not exist has no devices.", tag: "Devices",
                callers: .apiKey,
                parameters: [.query("groupId", CoreSchemas.groupID, required: true, "The group's name")],
                responses: [
                    RouteResponse(.ok, "The devices", .reference("DeviceList"), example: CoreSchemas.listExample)
                ],
                errors: [.missingField, .validationError, .serviceUnavailable], handler: .deferred { list($0, $1) }))
        registry.add(
            Route(
                .delete, "/api/v1/devices/{deviceId}", operationID: "deactivateDevice", summary: "Deactivate a device",
                description: "It leaves its group's list and its sessions end; its locations stay.", tag: "Devices",
                callers: .apiKey, parameters: [.path("deviceId", .string(format: "uuid"), "The device")],
                responses: [RouteResponse(.noContent, "It is inactive")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await deactivate($0) }))
    }

    /// Stories 2.1 to 2.3.
    private func register(_ request: RouteRequest) async throws -> HTTPResponse {
        let registration: DeviceRegistration
        do throws(Refusal) {
            registration = try core.decoder.decodeRegistration(request.body)
        } catch {
            throw Problem(error)
        }
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

    /// Story 2.4.
    private func deactivate(_ request: RouteRequest) async throws -> HTTPResponse {
        guard let id = DeviceID(request.parameter("deviceId")) else {
            throw Problem(.notFound, "Device not found")
        }
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
