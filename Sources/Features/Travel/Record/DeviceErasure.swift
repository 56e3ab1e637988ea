internal import FeatureKit
internal import Model

/// How what a device's locations made of somebody's record goes when the device alone is erased (docs/adr/0051). What is left when
/// the time is over, or the hub is killed, is done by whoever looks for unfinished records.
struct DeviceErasure: DeviceErasureStep {
    let travel: TravelServices
    let live: LiveRecorder

    func erase(leftBy device: DeviceID, within limit: Duration) async throws -> Bool {
        let end = ContinuousClock.now.advanced(by: limit)
        for user in try await travel.records.people(leftBy: device) {
            // What is in memory was made of them as well.
            live.forget(user)
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { return false }
            try await travel.workIn(for: user, within: left)
        }
        return try await travel.records.people(leftBy: device).isEmpty
    }
}
