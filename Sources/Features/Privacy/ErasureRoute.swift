internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

extension PrivacyFeature {
    func addErasureRoute(to registry: Registry) {
        registry.add(
            Route(
                .delete, "/api/v1/devices/{deviceId}/data", operationID: "eraseDeviceData",
                summary: "Erase a device and everything stored of it",
                description: """
                    The device, all its locations and its live state are gone for ever. Its sessions end, its group sees it \
                    leave. What of it was under way does not come back, even if it registers again. What its locations made \
                    of somebody's travel record goes as well, as a rule before the answer; what they have achieved stays. \
                    The audit log keeps that, when and by whom this id was erased, and nothing else.
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
            await eraseTraces(of: id, request)
            throw PrivacyFeature.deviceNotFound
        }
        core.live.erased(id, createdBy: erased.device.createdAt)
        await eraseTraces(of: id, request)
        return HTTPResponse(.noContent)
    }

    /// The device is gone already: what cannot be done now is done within a minute, by whichever hub finds it.
    private func eraseTraces(of id: DeviceID, _ request: RouteRequest) async {
        do {
            if try await services.erasures.erase(leftBy: id, within: PrivacyFeature.patience) { return }
            request.logger.info("what an erased device has left is still being taken out", [:])
        } catch {
            request.logger.warning(
                "what an erased device has left is not taken out yet", ["error": .string("\(type(of: error))")])
        }
    }

    /// How long an answer waits for what was made of a device's locations to go.
    private static let patience = Duration.seconds(10)
}
