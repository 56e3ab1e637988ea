internal import Actors
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Telemetry
internal import Wire

extension CoreFeature {
    func addLocationRoutes(to registry: Registry) {
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
                        let upload = try core.decoder.decodeLocationUpload(request.body, at: services.clock.now)
                        store([upload.fix], of: upload.device, request, responder)
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
                        let batch = try core.decoder.decodeLocationBatch(request.body, at: services.clock.now)
                        store(batch.fixes, of: batch.device, request, responder)
                    } catch {
                        responder.fail(Problem(error), for: request)
                    }
                }))
    }

    /// Reports `fixes` where the device lives and answers when they are committed (stories 3.1, 3.2 and 3.10).
    private func store(
        _ fixes: [Fix], of device: DeviceID, _ request: RouteRequest, _ responder: HTTPResponder
    ) {
        let upload = LocationUploadReply(
            to: request, through: responder, count: fixes.count, timeout: core.uploadTimeout)
        guard request.principal.user != nil else { return store(fixes, of: device, request, for: upload) }
        // Of one's own device alone.
        let (core, principal) = (core, request.principal)
        upload.search {
            do throws(Problem) {
                try await core.visibility.require(device, by: principal)
                CoreFeature.go(to: request.loop) { store(fixes, of: device, request, for: upload) }
            } catch {
                upload.fail(error)
            }
        }
    }

    /// On the connection's loop.
    private func store(
        _ fixes: [Fix], of device: DeviceID, _ request: RouteRequest, for upload: LocationUploadReply
    ) {
        let own = core.live.directory(on: request.loop)
        if let actor = own.assumeIsolated({ $0.loadedDevice(device) }) {
            return report(fixes, by: actor, for: upload, trace: request.trace, on: own.tracer)
        }
        // Not in memory on this loop: found by those who can wait.
        let core = core
        upload.search {
            do throws(LiveMap.HomeError) {
                guard let home = try await core.live.home(of: device) else { return upload.fail(.deviceNotFound) }
                home.loop.execute {
                    let directory = core.live.directory(on: home.loop)
                    let actor = directory.assumeIsolated { $0.loadedDevice(device) }
                    guard let actor else { return upload.fail(.deviceNotFound) }
                    report(fixes, by: actor, for: upload, trace: request.trace, on: directory.tracer)
                }
            } catch {
                if case .store(let error) = error { request.log(error) }
                upload.fail(Problem(error))
            }
        }
    }

    /// On the device's loop.
    private func report(
        _ fixes: [Fix], by device: DeviceActor, for upload: LocationUploadReply, trace: TraceContext?,
        on tracer: LoopTracer?
    ) {
        guard let tracer, let trace else { return report(fixes, by: device, for: upload) }
        tracer.with(trace.span) { report(fixes, by: device, for: upload) }
    }

    private func report(_ fixes: [Fix], by device: DeviceActor, for upload: LocationUploadReply) {
        let now = services.clock.now
        do throws(ReportRefusal) {
            let receipt = FixReceipt(receiver: upload, token: 0)
            _ = try device.enterReporting(fixes, receivedAt: now, receipt: receipt)
        } catch {
            switch error {
            case .journalFull: upload.fail(.databaseUnavailable)
            case .gone: upload.fail(.deviceNotFound)
            }
        }
    }
}
