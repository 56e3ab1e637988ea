import Model
import Testing
import Wire

/// A group has twenty active devices at most, however many come at once (stories 2.1 to 2.4).
@Suite(.timeLimit(.minutes(2)))
struct GroupLimitTests {
    private func isFull(_ answer: HTTPAnswer) -> Bool {
        answer.status == 409 && answer.error == "group_full"
            && answer.json["message"]?.string == "Group has reached maximum device limit (20)"
    }

    @Test func `the twenty-first device is told that the group is full`() async throws {
        let hub = try await RunningHub.shared.address()
        let group = GroupID.fresh("full")
        var devices: [DeviceID] = []
        for _ in 0..<20 { devices.append(try await hub.register(in: group)) }
        let late = DeviceID.random()
        #expect(isFull(try await hub.tryRegister(late, in: group)))
        #expect(try await hub.post(BadUploadTests.one, Uploads.one(of: late, .sample())).status == 404)
        // A member may still change itself, one that leaves makes room, and one that comes back takes it.
        try await hub.register(devices[3], in: group, name: "Renamed")
        #expect(try await hub.request("DELETE", "/api/v1/devices/\(devices[3])").status == 204)
        try await hub.register(late, in: group)
        #expect(isFull(try await hub.tryRegister(devices[3], in: group)))
        #expect(try await hub.list(group).count == 20)
    }

    @Test func `of thirty registrations at once exactly twenty succeed`() async throws {
        let hub = try await RunningHub.shared.address()
        let group = GroupID.fresh("rush")
        // Somebody looks on, so that the group is in memory and must not count differently from Postgres.
        let watcher = try await TestClient.connect(hub)
        #expect(try await watcher.watch(group).members.isEmpty)
        let answers = try await atOnce(30) { _ in try await hub.tryRegister(.random(), in: group) }
        #expect(answers.count { $0.status == 200 } == 20)
        #expect(answers.count { isFull($0) } == 10)
        let devices = Set(try await hub.list(group).compactMap { $0["deviceId"]?.string })
        #expect(devices.count == 20)
        #expect(devices == Set(answers.filter { $0.status == 200 }.compactMap { $0.json["deviceId"]?.string }))
        #expect(Set(try await watcher.watch(group).members.map(\.device.description)) == devices)
        await watcher.close()
    }

    @Test func `of thirty devices that move to one group at once twenty arrive and ten stay`() async throws {
        let hub = try await RunningHub.shared.address()
        let target = GroupID.fresh("target")
        let sources = (0..<3).map { GroupID.fresh("source\($0)") }
        let homes = try await atOnce(30) { index in (try await hub.register(in: sources[index % 3]), index % 3) }
        let answers = try await atOnce(30) { index in try await hub.tryRegister(homes[index].0, in: target) }
        #expect(answers.count { $0.status == 200 } == 20)
        #expect(answers.count { isFull($0) } == 10)
        #expect(try await hub.list(target).count == 20)
        var stayed: [String] = []
        for source in sources { stayed += try await hub.list(source).compactMap { $0["deviceId"]?.string } }
        #expect(
            Set(stayed)
                == Set(zip(homes, answers).filter { $1.status == 409 }.map { $0.0.0.description }))
    }

    @Test func `groups that swap members at once end with all of them`() async throws {
        let hub = try await RunningHub.shared.address()
        let (one, two) = (GroupID.fresh("one", onLoop: 0), GroupID.fresh("two", onLoop: 1))
        let ones = try await atOnce(10) { _ in try await hub.register(in: one) }
        let twos = try await atOnce(10) { _ in try await hub.register(in: two) }
        let answers = try await atOnce(20) { index in
            index < 10
                ? try await hub.tryRegister(ones[index], in: two) : try await hub.tryRegister(twos[index - 10], in: one)
        }
        #expect(answers.allSatisfy { $0.status == 200 })
        #expect(Set(try await hub.list(one).compactMap { $0["deviceId"]?.string }) == Set(twos.map(\.description)))
        #expect(Set(try await hub.list(two).compactMap { $0["deviceId"]?.string }) == Set(ones.map(\.description)))
    }

    /// Runs `count` calls at the same time; what they return is in their order.
    private func atOnce<Value: Sendable>(
        _ count: Int, _ call: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            for index in 0..<count { group.addTask { (index, try await call(index)) } }
            return try await group.reduce(into: [(Int, Value)]()) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
