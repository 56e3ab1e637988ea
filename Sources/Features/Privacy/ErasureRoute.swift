internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension PrivacyFeature {
    func addErasureRoute(to registry: Registry) {
        registry.add(
            Route(
                .delete, "/api/v1/devices/{deviceId}/data", operationID: "eraseDeviceData",
                summary: "Erase a device and everything stored of it",
                description: """
                    The device, all its locations and its live state are gone for ever. Its sessions end, its group sees it \
                    leave. What of it was under way does not come back, even if it registers again. The audit log keeps \
                    that, when and by whom this id was erased, and nothing else.
                    """,
                tag: PrivacyFeature.tag, callers: [.apiKey, .user],
                parameters: [.path("deviceId", .uuid, "The device")],
                responses: [RouteResponse(.noContent, "Nothing is left")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await erase($0) }))
    }

    private func erase(_ request: RouteRequest) async throws -> HTTPResponse {
        let id = try await device(of: request)
        let now = services.clock.now
        guard let note = request.auditEntry(.done, at: now, target: id.description) else { throw Problem.forbidden }
        let erased = try await request.asking { () throws(DeviceStoreError) in
            try await custody.erase(id, at: now, note: note)
        }
        guard let erased else {
            // If an erasure was committed and nobody heard, this is where the live state learns of it. One that is being
            // registered at this moment is not meant.
            core.live.erased(id, createdBy: now.advanced(by: .seconds(-60)))
            throw PrivacyFeature.deviceNotFound
        }
        core.live.erased(id, createdBy: erased.device.createdAt)
        return HTTPResponse(.noContent)
    }
}
