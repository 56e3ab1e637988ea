internal import Actors
internal import EventLoop
package import Model
internal import Wire

/// The way of an area's fixes into the hub, the same that `POST /api/v1/locations` takes: live first, then stored, then
/// answered. For tasks, which can wait; callable from any thread.
package struct FixIntake: Sendable {
    private let live: LiveMap
    private let clock: any LiveClock
    private let patience: Duration

    package init(_ core: CoreServices, clock: any LiveClock) {
        live = core.live
        self.clock = clock
        patience = core.uploadTimeout
    }

    /// Reports fixes, already found to be sound, where their device lives, and returns when they are committed: all of them
    /// or none. One that is stored already is stored once.
    ///
    /// - Throws: 404 for a device that is not active, and 503 if Postgres does not take them in time; they may then be stored
    ///   yet, and sending them again is harmless.
    /// - Precondition: There is at least one.
    package func take(_ fixes: [Fix], of device: DeviceID) async throws(Problem) {
        let home: LiveMap.Home?
        do throws(LiveMap.HomeError) {
            home = try await live.home(of: device)
        } catch {
            throw Problem(error)
        }
        guard let home else { throw .deviceNotFound }
        let directory = live.directory(on: home.loop)
        let now = clock.now
        let outcome = await withCheckedContinuation { continuation in
            let wait = CommitWait(continuation)
            home.loop.execute { [patience] in
                guard let actor = directory.assumeIsolated({ $0.loadedDevice(device) }) else {
                    return wait.end(.deviceNotFound)
                }
                wait.hold(home.loop.schedule(after: patience) { [weak wait] in wait?.end(.databaseUnavailable) })
                do throws(ReportRefusal) {
                    _ = try actor.enterReporting(
                        fixes, receivedAt: now, receipt: FixReceipt(receiver: wait, token: 0))
                } catch {
                    wait.end(error == .gone ? .deviceNotFound : .databaseUnavailable)
                }
            }
        }
        if let outcome { throw outcome }
    }
}

extension Problem {
    /// The device was never registered, or was deactivated (story 3.10, criterion 1).
    package static let deviceNotFound = Problem(.notFound, "Device not found. Please register first.")

    package init(_ error: LiveMap.HomeError) {
        switch error {
        case .store(let error): self.init(error)
        case .live: self = .databaseUnavailable
        }
    }
}
