import HubTesting
import Model
import Persistence
import Testing

/// The implementations of `DeviceStore`, which keep one contract.
enum DeviceStoreUnderTest: String, CaseIterable, Sendable {
    case memory
    case postgres

    /// Runs `body` on an empty store, with the way fixes get into it.
    func with(
        _ body: (any DeviceStore, (Fix, DeviceID) async throws -> Void) async throws -> Void
    ) async throws {
        switch self {
        case .memory:
            let store = InMemoryDeviceStore()
            try await body(store) { fix, device in store.insert([fix], of: device) }
        case .postgres:
            try await PersistenceFixture.with { fixture in
                try await body(PostgresDeviceStore(database: fixture.database)) { fix, device in
                    try await fixture.insert([fix], of: device)
                }
            }
        }
    }
}

@Suite struct `A store of devices` {
    @Test(arguments: DeviceStoreUnderTest.allCases)
    func `knows a registered device, and no other`(store: DeviceStoreUnderTest) async throws {
        try await store.with { store, _ in
            let registration = DeviceRegistration.sample(name: "Ana's phone", group: "family")
            let now = Timestamp.now
            let outcome = try await store.register(registration, limit: 20, at: now)
            #expect(outcome.device.platform == "android" && outcome.device.isActive)
            #expect(outcome.device.displayName == "Ana's phone" && outcome.device.group == registration.group)
            #expect(outcome.device.createdAt == now && outcome.device.lastSeenAt == now)
            #expect(outcome.previousGroup == nil && outcome.lastFix == nil)
            #expect(try await store.device(registration.id) == outcome.device)
            #expect(try await store.device(.random()) == nil)
        }
    }

    @Test(arguments: DeviceStoreUnderTest.allCases)
    func `registering again changes what people see and keeps the rest`(store: DeviceStoreUnderTest) async throws {
        try await store.with { store, _ in
            var registration = DeviceRegistration.sample(name: "Old name", group: "family")
            registration.platform = "ios"
            let start = Timestamp.now
            _ = try await store.register(registration, limit: 20, at: start)
            registration.displayName = "New name"
            registration.platform = nil
            let later = start.advanced(by: .seconds(5))
            let outcome = try await store.register(registration, limit: 20, at: later)
            #expect(outcome.device.displayName == "New name" && outcome.device.platform == "ios")
            #expect(outcome.device.createdAt == start)
            #expect(outcome.device.updatedAt == later && outcome.device.lastSeenAt == later)
            #expect(outcome.previousGroup == registration.group)
        }
    }

    @Test(arguments: DeviceStoreUnderTest.allCases)
    func `refuses a device past the limit, but not one that is in already`(store: DeviceStoreUnderTest) async throws {
        try await store.with { store, _ in
            let first = DeviceRegistration.sample(group: "pair")
            _ = try await store.register(first, limit: 2, at: .now)
            _ = try await store.register(.sample(group: "pair"), limit: 2, at: .now)
            let third = DeviceRegistration.sample(group: "pair")
            await #expect(throws: DeviceStoreError.groupFull(limit: 2)) {
                try await store.register(third, limit: 2, at: .now)
            }
            #expect(try await store.device(third.id) == nil)
            _ = try await store.register(first, limit: 2, at: .now)

            // A device of another group stays where it is when its new group is full.
            var mover = DeviceRegistration.sample(group: "other")
            _ = try await store.register(mover, limit: 2, at: .now)
            mover.group = first.group
            await #expect(throws: DeviceStoreError.groupFull(limit: 2)) {
                try await store.register(mover, limit: 2, at: .now)
            }
            #expect(try await store.device(mover.id)?.group.rawValue == "other")

            // Room comes from a device that goes.
            _ = try await store.deactivate(first.id, at: .now)
            let moved = try await store.register(mover, limit: 2, at: .now)
            #expect(moved.previousGroup?.rawValue == "other" && moved.device.group == first.group)
            await #expect(throws: DeviceStoreError.groupFull(limit: 2)) {
                try await store.register(first, limit: 2, at: .now)
            }
        }
    }

    @Test(arguments: DeviceStoreUnderTest.allCases)
    func `a deactivated device is hidden, keeps its fixes and may return`(store: DeviceStoreUnderTest) async throws {
        try await store.with { store, insert in
            let registration = DeviceRegistration.sample(group: "family")
            let registered = try await store.register(registration, limit: 20, at: .now)
            let fix = Fix.sample(at: .now)
            try await insert(fix, registration.id)
            #expect(try await store.deactivate(registration.id, at: .now) == registered.device)
            #expect(try await store.device(registration.id)?.isActive == false)
            #expect(try await store.activeDevices(in: registration.group).isEmpty)
            #expect(try await store.deactivate(registration.id, at: .now)?.isActive == false)
            #expect(try await store.deactivate(.random(), at: .now) == nil)
            let back = try await store.register(registration, limit: 20, at: .now)
            #expect(back.previousGroup == nil && back.lastFix == fix && back.device.isActive)
        }
    }

    @Test(arguments: DeviceStoreUnderTest.allCases)
    func `lists a group's active devices with the newest fix of each`(store: DeviceStoreUnderTest) async throws {
        try await store.with { store, insert in
            let now = Timestamp.now
            var newest: [DeviceID: Fix?] = [:]
            for number in 0..<4 {
                let registration = DeviceRegistration.sample(name: "Phone \(number)", group: "family")
                _ = try await store.register(registration, limit: 20, at: now)
                newest[registration.id] = .some(nil)
                // The newest is not the last to arrive, and days lie between them.
                for days in [2, 0, 5].prefix(number) {
                    let fix = Fix.sample(
                        at: now.advanced(by: .seconds(-days * 86_400 - number)), latitude: Double(days))
                    try await insert(fix, registration.id)
                    if (newest[registration.id] ?? nil).map({ $0.capturedAt < fix.capturedAt }) ?? true {
                        newest[registration.id] = fix
                    }
                }
            }
            _ = try await store.register(.sample(group: "others"), limit: 20, at: now)
            let group = DeviceRegistration.sample(group: "family").group
            let states = try await store.activeDevices(in: group)
            #expect(states.count == 4)
            for state in states { #expect(newest[state.device.id] == .some(state.lastFix)) }
            let nobody = DeviceRegistration.sample(group: "nobody").group
            #expect(try await store.activeDevices(in: nobody).isEmpty)
        }
    }
}

extension Fix {
    static func sample(at moment: Timestamp, latitude: Double = 48.1486) -> Fix {
        Fix(
            capturedAt: moment, latitude: latitude, longitude: 17.1077, accuracy: 4.5, altitude: 134, bearing: 270,
            speed: 1.4, provider: "gps", batteryLevel: 81, networkType: "lte")
    }
}

extension PersistenceFixture {
    /// Puts fixes into the table, past the journal.
    func insert(_ fixes: [Fix], of device: DeviceID) async throws {
        for fix in fixes {
            try await query(
                """
                INSERT INTO core.locations (
                    device_id, captured_at, latitude, longitude, accuracy, altitude, bearing, speed, provider,
                    battery_level, network_type)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                """, device.rawValue, fix.capturedAt, fix.latitude, fix.longitude, fix.accuracy, fix.altitude,
                fix.bearing, fix.speed, fix.provider, fix.batteryLevel.map { Int16($0) }, fix.networkType)
        }
    }
}
