internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

extension CoreFeature {
    func addLocationRoutes(to registry: Registry) {
        let uploads = LocationUploads(core, clock: services.clock)
        registry.add(
            Route(
                .post, "/api/v1/locations", operationID: "uploadLocation", summary: "Upload a device's location",
                description: "It becomes the live position at once if it is the newest; the answer says it is stored.",
                tag: "Locations", callers: [.apiKey, .user],
                content: RequestContent(.reference("LocationUpload"), example: CoreSchemas.uploadExample),
                responses: [
                    RouteResponse(.ok, "Stored", .reference("Processed"), example: CoreSchemas.processedExample(1))
                ],
                errors: [.notFound, .serviceUnavailable], isIdempotent: true,
                handler: .deferred { request, responder in
                    do throws(Refusal) {
                        let upload = try uploads.decoder.decodeLocationUpload(request.body, at: uploads.clock.now)
                        uploads.store([upload.fix], of: upload.device, request, responder)
                    } catch {
                        responder.fail(Problem(error), for: request)
                    }
                }))
        registry.add(
            Route(
                .post, "/api/v1/locations/batch", operationID: "uploadLocations",
                summary: "Upload 1 to \(core.decoder.limits.fixesPerBatch) locations of a device",
                description: "All of them are stored or none.", tag: "Locations", callers: [.apiKey, .user],
                content: RequestContent(.reference("LocationBatch"), example: CoreSchemas.batchExample),
                responses: [
                    RouteResponse(.ok, "Stored", .reference("Processed"), example: CoreSchemas.processedExample(2))
                ],
                errors: [.notFound, .serviceUnavailable], isIdempotent: true,
                handler: .deferred { request, responder in
                    do throws(Refusal) {
                        let batch = try uploads.decoder.decodeLocationBatch(request.body, at: uploads.clock.now)
                        uploads.store(batch.fixes, of: batch.device, request, responder)
                    } catch {
                        responder.fail(Problem(error), for: request)
                    }
                }))
    }
}
