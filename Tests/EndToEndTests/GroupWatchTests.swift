import Model
import Persistence
import Testing
import Wire

/// What users watch over the stream: the groups they are in, for as long as they are.
@Suite(.timeLimit(.minutes(2)))
struct GroupWatchTests {
    private func isUnwatched(_ message: HubMessage, _ group: GroupID) -> Bool? {
        if case .unwatched(group) = message { true } else { nil }
    }

    @Test(arguments: [0, 1])
    func `a member watches a group, on whichever loop it lives, and a stranger is told that there is none`(loop: Int)
        async throws
    {
        let hub = try await RunningHub.immediate.address()
        let (ana, ben) = (try await TestPerson.register(on: hub, "ana"), try await TestPerson.register(on: hub, "ben"))
        let circle = try await Circle.make(by: ana, on: loop)
        let phone = try await ana.register(in: circle.id)
        let (hers, his) = (try await ana.connect(), try await ben.connect())
        #expect(try await hers.watch(circle.id).members.map(\.device) == [phone])
        _ = try await ana.report(of: phone)
        #expect(try await hers.positions(of: circle.id).map(\.device) == [phone])
        var messages: Set<String> = []
        for group in [circle.id, .fresh("nowhere")] {
            guard case .error(let failure) = try await his.ask(.watch(group)) else {
                throw Unexpected(what: "a stranger watches")
            }
            #expect(failure.code == .notFound)
            messages.insert(failure.message)
        }
        #expect(messages.count == 1)
        await hers.close()
        await his.close()
    }

    @Test func `answers to several watches come in the order of asking, with refusals among them`() async throws {
        let hub = try await RunningHub.shared.address()
        let ana = try await TestPerson.register(on: hub, "ana")
        var circles: [Circle] = []
        for loop in [0, 0, 0] { circles.append(try await Circle.make(by: ana, on: loop)) }
        // Wherever the connection lives, groups of one loop answer in order.
        let asked = [circles[0].id, .fresh("nowhere"), circles[1].id, .fresh("nowhere"), circles[2].id]
        let client = try await ana.connect()
        for circle in circles { _ = try await client.watch(circle.id) }
        for circle in circles { _ = try await client.ask(.unwatch(circle.id)) }
        for (index, group) in asked.enumerated() { await client.send(.watch(group), id: Int64(index)) }
        var answered: [Int64] = []
        while answered.count < asked.count {
            let message = try await client.next()
            if let re = message.re { answered.append(re) }
        }
        #expect(answered.sorted() == [0, 1, 2, 3, 4])
        #expect(answered.filter { [1, 3].contains($0) } == [1, 3])
        #expect(answered.filter { [0, 2, 4].contains($0) } == [0, 2, 4])
        await client.close()
    }

    @Test func `a watch that is given up while it is looked up watches nothing`() async throws {
        let hub = try await RunningHub.immediate.address()
        let ana = try await TestPerson.register(on: hub, "ana")
        let circle = try await Circle.make(by: ana)
        let phone = try await ana.register(in: circle.id)
        let client = try await ana.connect()
        for round in 0..<20 {
            let id = Int64(round * 10)
            await client.send(.watch(circle.id), id: id)
            await client.send(.unwatch(circle.id), id: id + 1)
            try await client.first("the answer") { $0.re == id + 1 ? () : nil }
        }
        // Whoever watches sees it first.
        let fleet = try await TestClient.connect(hub)
        _ = try await fleet.watch(circle.id)
        _ = try await ana.report(of: phone)
        _ = try await fleet.positions(of: circle.id)
        guard case .pong = try await client.askAndHear(.ping, nothingOf: circle.id) else {
            throw Unexpected(what: "no pong")
        }
        for one in [client, fleet] { await one.close() }
    }

    @Test(arguments: ["leaves", "is removed", "sees it dissolved"])
    func `who is in it no longer hears that, and then nothing more of the group`(how: String) async throws {
        let hub = try await RunningHub.immediate.address()
        let (ana, ben) = (try await TestPerson.register(on: hub, "ana"), try await TestPerson.register(on: hub, "ben"))
        for loop in [0, 1] {
            let circle = try await Circle.make(by: ana, with: [ben], on: loop)
            let (hers, his) = (try await ana.register(in: circle.id), try await ben.register(in: circle.id))
            let watcher = try await ben.connect()
            let phone = try await ben.connect(as: his)
            // The holder of a key goes on watching.
            let fleet = try await TestClient.connect(hub)
            for client in [watcher, phone, fleet] { #expect(try await client.watch(circle.id).members.count == 2) }
            switch how {
            case "leaves": #expect(try await ben.post("\(circle.path)/leave", "").status == 204)
            case "is removed": try await circle.remove(ben)
            default: #expect(try await ana.delete(circle.path).status == 204)
            }
            #expect(try await watcher.first("unwatched") { isUnwatched($0, circle.id) })
            // The device's session hears the same and ends, for the device is inactive.
            #expect(try await phone.ended().code == 1008)
            #expect(await phone.rest().contains { isUnwatched($0, circle.id) == true })
            #expect(try await fleet.memberChange(of: his).kind == .left)
            try await hub.register(hers, in: circle.id)
            _ = try await hub.post("/api/v1/locations", Uploads.one(of: hers, .sample()))
            #expect(try await fleet.positions(of: circle.id).map(\.device) == [hers])
            guard case .error(let failure) = try await watcher.askAndHear(.watch(circle.id), nothingOf: circle.id)
            else { throw Unexpected(what: "a stranger watches") }
            #expect(failure.code == .notFound)
            #expect(try await ben.get("/api/v1/devices?groupId=\(circle.id)").status == 404)
            #expect(try await ben.report(of: his).status == 404)
            for client in [watcher, fleet] { await client.close() }
        }
    }

    @Test func `a membership that ends in Postgres alone, as by another hub, ends its watches within five seconds`()
        async throws
    {
        try await RunningHub.with {
            $0.fanout.tick = .zero
        } _: { running in
            let ana = try await TestPerson.register(on: running.address, "ana")
            let ben = try await TestPerson.register(on: running.address, "ben")
            let circle = try await Circle.make(by: ana, with: [ben])
            let client = try await ben.connect()
            _ = try await client.watch(circle.id)
            let start = ContinuousClock.now
            _ = try await running.database.query(.ending(ben.id, circle.id))
            #expect(try await client.first("unwatched") { isUnwatched($0, circle.id) })
            // Much later than the period only on a machine that does something else.
            #expect(ContinuousClock.now - start < Support.patience)
            await client.close()
        }
    }

    @Test func `who comes back watches again`() async throws {
        let hub = try await RunningHub.immediate.address()
        let (ana, ben) = (try await TestPerson.register(on: hub, "ana"), try await TestPerson.register(on: hub, "ben"))
        let circle = try await Circle.make(by: ana, with: [ben])
        let phone = try await ana.register(in: circle.id)
        let client = try await ben.connect()
        for _ in 0..<3 {
            #expect(try await client.watch(circle.id).members.map(\.device) == [phone])
            try await circle.remove(ben)
            #expect(try await client.first("unwatched") { isUnwatched($0, circle.id) })
            try await circle.admit(ben)
        }
        await client.close()
    }
}

extension TestClient {
    /// As ``ask(_:)``, and nothing of a group may come before the answer.
    func askAndHear(_ message: ClientMessage, nothingOf group: GroupID) async throws -> HubMessage {
        await send(message, id: 4242)
        while true {
            let next = try await self.next()
            if next.re == 4242 { return next }
            switch next {
            case .positions(group, _): throw Unexpected(what: "positions of a group one is not in")
            case .presence(let change) where change.group == group: throw Unexpected(what: "presence of a group")
            case .member(let change) where change.group == group: throw Unexpected(what: "a member of a group")
            default: continue
            }
        }
    }
}

extension PostgresQuery {
    /// Takes a membership away behind the hub's back.
    fileprivate static func ending(_ user: UserID, _ group: GroupID) -> PostgresQuery {
        let sql = "DELETE FROM core.group_members WHERE user_id = $1::uuid AND group_id = $2::text"
        return PostgresStatement(sql, sql).with(user.rawValue, group.rawValue)
    }
}
