import HubTesting
import Model
import Testing

/// The store in memory keeps the real one's rules, or tests that use it would prove nothing.
struct InMemoryStoreTests {
    private let store = InMemoryDeviceStore()
    private let start = Timestamp(milliseconds: 1_767_225_600_000)

    private func register(
        _ number: Int, in group: String, at seconds: Int = 0, platform: String? = nil, limit: Int = 20
    ) async throws -> RegistrationOutcome {
        let group = try #require(GroupID(group))
        return try await store.register(
            DeviceRegistration(
                id: LiveWorld.deviceID(number), displayName: "Device \(number)", group: group, platform: platform),
            limit: limit, at: start.advanced(by: .seconds(seconds)))
    }

    @Test func `registering again keeps what is not given and moves the times`() async throws {
        let first = try await register(1, in: "aa", platform: "ios")
        #expect(first.previousGroup == nil)
        let again = try await register(1, in: "aa", at: 5)
        #expect(again.previousGroup == first.device.group)
        #expect(again.device.platform == "ios")
        #expect(again.device.createdAt == start)
        #expect(again.device.updatedAt == start.advanced(by: .seconds(5)))
        #expect(try await register(2, in: "aa").device.platform == "android")
    }

    @Test func `the limit counts active devices, and binds whoever comes in`() async throws {
        _ = try await register(1, in: "aa", limit: 2)
        _ = try await register(2, in: "aa", limit: 2)
        await #expect(throws: DeviceStoreError.groupFull(limit: 2)) { try await register(3, in: "aa", limit: 2) }
        #expect(try await store.device(LiveWorld.deviceID(3)) == nil)
        _ = try await register(2, in: "aa", limit: 2)
        _ = try await store.deactivate(LiveWorld.deviceID(2), at: start)
        _ = try await register(3, in: "aa", limit: 2)
        // A device that was deactivated comes in like any other.
        await #expect(throws: DeviceStoreError.groupFull(limit: 2)) { try await register(2, in: "aa", limit: 2) }
        _ = try await register(4, in: "bb", limit: 2)
        await #expect(throws: DeviceStoreError.groupFull(limit: 2)) { try await register(4, in: "aa", limit: 2) }
        #expect(try await store.device(LiveWorld.deviceID(4))?.group == GroupID("bb"))
    }

    @Test func `a deactivated device is kept, hidden, and was active before`() async throws {
        let device = try await register(1, in: "aa").device
        store.insert([LiveWorld.fix(1)], of: device.id)
        let moment = start.advanced(by: .seconds(9))
        #expect(try await store.deactivate(device.id, at: moment) == device)
        #expect(try await store.activeDevices(in: device.group).isEmpty)
        let hidden = try #require(await store.device(device.id))
        #expect(!hidden.isActive)
        #expect(try await store.deactivate(device.id, at: moment.advanced(by: .seconds(1))) == hidden)
        #expect(try await store.deactivate(LiveWorld.deviceID(9), at: moment) == nil)
        let back = try await register(1, in: "bb", at: 20)
        #expect(back.previousGroup == nil)
        #expect(back.lastFix == LiveWorld.fix(1))
    }

    @Test func `a moment is stored once, and the newest is loaded`() async throws {
        let device = try await register(1, in: "aa").device
        store.insert([LiveWorld.fix(2), LiveWorld.fix(1), LiveWorld.fix(2, latitude: 1)], of: device.id)
        #expect(store.fixes(of: device.id) == [LiveWorld.fix(1), LiveWorld.fix(2)])
        #expect(
            try await store.activeDevices(in: device.group) == [DeviceState(device: device, lastFix: LiveWorld.fix(2))])
        #expect(store.insert([LiveWorld.fix(1)], of: LiveWorld.deviceID(9)) == false)
    }

    @Test func `a journal that is full takes nothing, and what it took is answered once`() async throws {
        _ = try await register(1, in: "aa")
        let journal = InMemoryFixJournal(capacity: 2, congestedFrom: 2, committingTo: store)
        let known = LiveWorld.deviceID(1)
        let fixes = [LiveWorld.fix(1), LiveWorld.fix(2), LiveWorld.fix(3)]
        #expect(journal.append(fixes, of: known, receivedAt: start, receipt: nil) == .dropped)
        #expect(journal.append(fixes[0], of: known, receivedAt: start, receipt: nil) == .accepted)
        #expect(journal.append(fixes[1], of: LiveWorld.deviceID(9), receivedAt: start, receipt: nil) == .congested)
        #expect(journal.append(fixes[2], of: known, receivedAt: start, receipt: nil) == .dropped)
        journal.commit()
        #expect(journal.pending.isEmpty)
        #expect(store.fixes(of: known) == [fixes[0]])
        #expect(journal.append(fixes[2], of: known, receivedAt: start, receipt: nil) == .accepted)
    }
}
