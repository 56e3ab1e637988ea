package import Model
internal import Synchronization

/// Devices and groups in memory, by the rules of the real store (stories 2.1 to 2.4); fails and waits on command.
package final class InMemoryDeviceStore: DeviceStore {
    fileprivate struct State {
        var devices: [DeviceID: Device] = [:]
        var fixes: [DeviceID: [Timestamp: Fix]] = [:]
        var failure: DeviceStoreError?
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var loads = 0
    }

    private let state = Mutex(State())

    package init() {}

    // MARK: What tests set and see

    /// Thrown by every call while it is set.
    package var failure: DeviceStoreError? {
        get { state.withLock { $0.failure } }
        set { state.withLock { $0.failure = newValue } }
    }

    /// Calls of ``activeDevices(in:)``, failed ones included.
    package var loads: Int { state.withLock { $0.loads } }

    /// Calls that wait for ``release()``.
    package var waiting: Int { state.withLock { $0.held.count } }

    /// From now on every call of ``activeDevices(in:)`` reads what there is and then waits.
    package func hold() { state.withLock { $0.isHeld = true } }

    /// Lets every call that waits, and those to come, go on.
    package func release() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// Every stored fix of a device, the oldest first.
    package func fixes(of device: DeviceID) -> [Fix] {
        state.withLock { state in
            (state.fixes[device] ?? [:]).values.sorted { $0.capturedAt < $1.capturedAt }
        }
    }

    /// Stores fixes; one of a moment that is there already is left out.
    ///
    /// - Returns: Whether the device exists; if not, nothing is stored.
    @discardableResult
    package func insert(_ fixes: [Fix], of device: DeviceID) -> Bool {
        state.withLock { state in
            guard state.devices[device] != nil else { return false }
            for fix in fixes where state.fixes[device]?[fix.capturedAt] == nil {
                state.fixes[device, default: [:]][fix.capturedAt] = fix
            }
            return true
        }
    }

    /// Notes a sign of life; the latest wins.
    package func touch(_ device: DeviceID, at moment: Timestamp) {
        state.withLock { state in
            guard let seen = state.devices[device]?.lastSeenAt, seen < moment else { return }
            state.devices[device]?.lastSeenAt = moment
        }
    }

    // MARK: DeviceStore

    package func register(
        _ registration: DeviceRegistration, limit: Int, at now: Timestamp
    ) async throws(DeviceStoreError) -> RegistrationOutcome {
        let result: Result<RegistrationOutcome, DeviceStoreError> = state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            let known = state.devices[registration.id]
            let previousGroup = known.flatMap { $0.isActive ? $0.group : nil }
            if previousGroup != registration.group {
                let members = state.devices.values.count { $0.isActive && $0.group == registration.group }
                guard members < limit else { return .failure(.groupFull(limit: limit)) }
            }
            let device = Device(
                id: registration.id, displayName: registration.displayName, group: registration.group,
                platform: registration.platform ?? known?.platform ?? "android", isActive: true,
                createdAt: known?.createdAt ?? now, updatedAt: now, lastSeenAt: now)
            state.devices[device.id] = device
            return .success(
                RegistrationOutcome(device: device, previousGroup: previousGroup, lastFix: state.newest(of: device.id)))
        }
        return try result.get()
    }

    package func deactivate(_ id: DeviceID, at now: Timestamp) async throws(DeviceStoreError) -> Device? {
        let result: Result<Device?, DeviceStoreError> = state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            let before = state.devices[id]
            if before?.isActive == true {
                state.devices[id]?.isActive = false
                state.devices[id]?.updatedAt = now
            }
            return .success(before)
        }
        return try result.get()
    }

    package func device(_ id: DeviceID) async throws(DeviceStoreError) -> Device? {
        let result: Result<Device?, DeviceStoreError> = state.withLock { state in
            state.failure.map { .failure($0) } ?? .success(state.devices[id])
        }
        return try result.get()
    }

    package func activeDevices(in group: GroupID) async throws(DeviceStoreError) -> [DeviceState] {
        let (result, isHeld): (Result<[DeviceState], DeviceStoreError>, Bool) = state.withLock { state in
            state.loads += 1
            if let failure = state.failure { return (.failure(failure), state.isHeld) }
            let devices = state.devices.values.filter { $0.isActive && $0.group == group }
                .sorted { $0.id < $1.id }
                .map { DeviceState(device: $0, lastFix: state.newest(of: $0.id)) }
            return (.success(devices), state.isHeld)
        }
        if isHeld {
            await withCheckedContinuation { continuation in
                let mayGo = state.withLock { state in
                    if state.isHeld { state.held.append(continuation) }
                    return !state.isHeld
                }
                if mayGo { continuation.resume() }
            }
        }
        return try result.get()
    }
}

extension InMemoryDeviceStore.State {
    fileprivate func newest(of device: DeviceID) -> Fix? {
        fixes[device]?.values.max { $0.capturedAt < $1.capturedAt }
    }
}
