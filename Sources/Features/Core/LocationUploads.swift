internal import Actors
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Telemetry
internal import Wire

/// Takes uploads to where their device lives, and answers them when they are stored.
///
/// A class of its own, because a route holds it and so do the closures of each request: ``CoreFeature`` has the whole
/// configuration in it, and a copy of that costs more than an upload.
final class LocationUploads: Sendable {
    let decoder: RequestDecoder
    let clock: any LiveClock
    private let live: LiveMap
    private let visibility: Visibility
    private let timeout: Duration

    init(_ core: CoreServices, clock: any LiveClock) {
        decoder = core.decoder
        live = core.live
        visibility = core.visibility
        timeout = core.uploadTimeout
        self.clock = clock
    }

    /// Reports `fixes` where the device lives and answers when they are committed (stories 3.1, 3.2 and 3.10). On the connection's
    /// loop.
    func store(_ fixes: [Fix], of device: DeviceID, _ request: RouteRequest, _ responder: HTTPResponder) {
        let reply = LocationUploadReply(to: request, through: responder, count: fixes.count, timeout: timeout)
        let upload = PendingUpload(fixes: fixes, device: device, request: request, reply: reply)
        guard request.principal.user != nil else { return find(upload, on: request.loop, passed: 0) }
        // Of one's own device alone.
        reply.search { [self] in
            do throws(Problem) {
                try await visibility.require(device, by: request.principal)
                CoreFeature.go(to: request.loop) { self.find(upload, on: request.loop, passed: 0) }
            } catch {
                reply.fail(error)
            }
        }
    }

    /// Asks one loop after the other, from the connection's on, which of them has the device in memory, and reports there. On
    /// `loop`, which is the one after those `passed`.
    ///
    /// From loop to loop and not by a task, which would go back to a thread of its own after each (ADR 58).
    private func find(_ upload: PendingUpload, on loop: Loop, passed: Int) {
        let directory = live.directory(on: loop)
        if let actor = directory.assumeIsolated({ $0.loadedDevice(upload.device) }) {
            return report(upload, by: actor, on: directory.tracer)
        }
        let loops = live.loops.loops
        if passed + 1 < loops.count {
            let next = loops[(loop.index + 1) % loops.count]
            next.execute { [self] in find(upload, on: next, passed: passed + 1) }
        } else {
            CoreFeature.go(to: upload.request.loop) { self.load(upload) }
        }
    }

    /// In memory on no loop: found by those who can wait. On the connection's loop.
    private func load(_ upload: PendingUpload) {
        let (request, reply) = (upload.request, upload.reply)
        reply.search { [self] in
            do throws(LiveMap.HomeError) {
                guard let home = try await live.home(of: upload.device) else { return reply.fail(.deviceNotFound) }
                home.loop.execute { [self] in
                    let directory = live.directory(on: home.loop)
                    let actor = directory.assumeIsolated { $0.loadedDevice(upload.device) }
                    guard let actor else { return reply.fail(.deviceNotFound) }
                    report(upload, by: actor, on: directory.tracer)
                }
            } catch {
                if case .store(let error) = error { request.log(error) }
                reply.fail(Problem(error))
            }
        }
    }

    /// On the device's loop.
    private func report(_ upload: PendingUpload, by device: DeviceActor, on tracer: LoopTracer?) {
        guard let tracer, let trace = upload.request.trace else { return report(upload, by: device) }
        tracer.with(trace.span) { report(upload, by: device) }
    }

    private func report(_ upload: PendingUpload, by device: DeviceActor) {
        do throws(ReportRefusal) {
            let receipt = FixReceipt(receiver: upload.reply, token: 0)
            _ = try device.enterReporting(upload.fixes, receivedAt: clock.now, receipt: receipt)
        } catch {
            switch error {
            case .journalFull: upload.reply.fail(.databaseUnavailable)
            case .gone: upload.reply.fail(.deviceNotFound)
            }
        }
    }
}

/// Fixes on their way to where their device lives, and who waits for them to be stored.
private final class PendingUpload: Sendable {
    let fixes: [Fix]
    let device: DeviceID
    let request: RouteRequest
    let reply: LocationUploadReply

    init(fixes: [Fix], device: DeviceID, request: RouteRequest, reply: LocationUploadReply) {
        self.fixes = fixes
        self.device = device
        self.request = request
        self.reply = reply
    }
}
