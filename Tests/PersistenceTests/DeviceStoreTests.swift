import Model
import Persistence
import Testing

@Suite struct `The Postgres store of devices` {
    @Test func `registers, finds, lists and deactivates a device`() async throws {
        try await PersistenceFixture.with { fixture in
            let store = PostgresDeviceStore(database: fixture.database)
            let registration = DeviceRegistration.sample(name: "Ana's phone", group: "family")
            let now = Timestamp.now
            let outcome = try await store.register(registration, limit: 20, at: now)
            #expect(outcome.device.platform == "android")
            #expect(outcome.device.createdAt == now && outcome.device.lastSeenAt == now)
            #expect(outcome.previousGroup == nil && outcome.lastFix == nil)
            #expect(try await store.device(registration.id) == outcome.device)
            #expect(try await store.activeDevices(in: registration.group) == [DeviceState(device: outcome.device)])

            let before = try await store.deactivate(registration.id, at: now)
            #expect(before == outcome.device)
            #expect(try await store.device(registration.id)?.isActive == false)
            #expect(try await store.activeDevices(in: registration.group).isEmpty)
            #expect(try await store.deactivate(registration.id, at: now)?.isActive == false)
            #expect(try await store.deactivate(.random(), at: now) == nil)
        }
    }
}
