internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

/// The device that counts: to see it, to choose it, to name it.
struct PrimaryDeviceRoutes: Sendable {
    private let devices: PrimaryDevices
    private let services: Services

    init(devices: PrimaryDevices, services: Services) {
        self.devices = devices
        self.services = services
    }

    func register(in registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/travel/device", operationID: "getPrimaryDevice",
                summary: "The device whose live locations count",
                description: "There is none before the first ingestion, unless one was chosen.",
                tag: IngestRoutes.tag, callers: .user,
                responses: [RouteResponse(.ok, "The device", .reference("PrimaryDevice"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await get($0) }))
        registry.add(
            Route(
                .patch, "/api/v1/travel/device", operationID: "changePrimaryDevice",
                summary: "Choose the device whose live locations count, or name it",
                description: """
                    `deviceId` is an active device of the caller's; what it reports from now on counts, and what another \
                    one reported stays. Name and platform are the device's own, which those see who see the device. What \
                    is absent stays.
                    """, tag: IngestRoutes.tag, callers: .user,
                content: RequestContent(.reference("PrimaryDeviceChange"), example: IngestSchemas.deviceExample),
                responses: [RouteResponse(.ok, "The device", .reference("PrimaryDevice"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await change($0) }))
    }

    private static let none = Problem(.notFound, "There is no primary device yet; the first ingestion makes one")

    private func get(_ request: RouteRequest) async throws -> HTTPResponse {
        guard let user = request.principal.user else { throw Problem.forbidden }
        return try await answer(user.id, request)
    }

    private func change(_ request: RouteRequest) async throws -> HTTPResponse {
        guard let user = request.principal.user else { throw Problem.forbidden }
        let limits = IngestLimits()
        var body = try BodyReader(request)
        let chosen = body.uniqueID("deviceId").map { DeviceID($0) }
        let labels = DeviceLabels(
            name: body.line("deviceName", limits.deviceNameLength),
            platform: body.line("platform", limits.platformLength), uuid: body.uniqueID("deviceUuid"))
        try body.finish()
        let now = services.clock.now
        let settlement = try await request.asking { () throws(DeviceStoreError) in
            try await devices.settle(for: user.id, chosen: chosen, labels: labels, canMake: false, at: now)
        }
        switch settlement {
        case .notFound: throw Problem(.notFound, "Device not found")
        case .none: throw PrimaryDeviceRoutes.none
        case .kept, .changed, .made: return try await answer(user.id, request)
        }
    }

    private func answer(_ user: UserID, _ request: RouteRequest) async throws -> HTTPResponse {
        let device = try await request.asking { () throws(DeviceStoreError) in try await devices.device(of: user) }
        guard let device else { throw PrimaryDeviceRoutes.none }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.member("deviceId", device.id.rawValue)
                    if let uuid = device.uuid { json.member("deviceUuid", uuid) } else { json.null("deviceUuid") }
                    json.member("deviceName", device.name)
                    json.member("platform", device.platform)
                    json.member("groupId", device.group.rawValue)
                    json.member("active", device.isActive)
                    json.member("createdAt", device.createdAt)
                    json.member("updatedAt", device.updatedAt)
                }
            })
    }
}
