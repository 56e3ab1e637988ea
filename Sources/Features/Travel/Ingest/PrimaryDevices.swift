package import FeatureKit
package import Model
internal import Persistence

/// Which device of a user's counts, with what others hear of it. Callable from any thread.
package struct PrimaryDevices: Sendable {
    private let store: PostgresPrimaryDeviceStore
    private let devices: any DeviceStore
    private let live: LiveMap
    private let people: PeopleEvents

    package init(
        store: PostgresPrimaryDeviceStore, devices: any DeviceStore, live: LiveMap, people: PeopleEvents
    ) {
        self.store = store
        self.devices = devices
        self.live = live
        self.people = people
    }

    /// Settles which one it is (``PostgresPrimaryDeviceStore/settle(for:chosen:labels:canMake:at:)``) and tells those who see
    /// it live of a new one and of another name.
    package func settle(
        for user: UserID, chosen: DeviceID? = nil, labels: DeviceLabels, canMake: Bool, at now: Timestamp
    ) async throws(DeviceStoreError) -> PostgresPrimaryDeviceStore.Settlement {
        let settlement: PostgresPrimaryDeviceStore.Settlement
        do throws(PostgresError) {
            settlement = try await store.settle(
                for: user, chosen: chosen, labels: labels, canMake: canMake, at: now)
        } catch {
            throw DeviceStoreError(error)
        }
        switch settlement {
        case .made(let device, let group):
            people.publish(.joined(group, user))
            try await tell(of: device, isNew: true)
        case .changed(let device): try await tell(of: device, isNew: false)
        case .kept, .none, .notFound: break
        }
        return settlement
    }

    package func device(of user: UserID) async throws(DeviceStoreError) -> PrimaryDevice? {
        do throws(PostgresError) {
            return try await store.device(of: user)
        } catch {
            throw DeviceStoreError(error)
        }
    }

    private func tell(of id: DeviceID, isNew: Bool) async throws(DeviceStoreError) {
        guard let device = try await devices.device(id), device.isActive else { return }
        live.registered(RegistrationOutcome(device: device, previousGroup: isNew ? nil : device.group))
    }
}
