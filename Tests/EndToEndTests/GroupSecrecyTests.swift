import HubTesting
import Model
import Testing
import Wire

/// Over whatever people do, nobody sees anything of a group that they are not in.
@Suite(.timeLimit(.minutes(5)))
struct GroupSecrecyTests {
    @Test(arguments: 0..<3)
    func `nobody sees positions of a group they are not in`(seed: Int) async throws {
        let world = try await World(on: try await RunningHub.immediate.address())
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<50 {
            let who = Int.random(in: 1..<world.people.count, using: &generator)
            let place = Int.random(in: 0..<world.circles.count, using: &generator)
            let other = Int.random(in: 0..<world.people.count, using: &generator)
            try await world.act(Int.random(in: 0..<6, using: &generator), who, on: other, in: place)
            try await world.tryToSee(who, place)
            try await world.move()
            for number in world.people.indices { try await world.hear(number) }
        }
        try await world.end()
    }
}

/// Four people, two groups, and what everybody may have seen. The first person owns both groups and stays.
private final class World {
    let people: [TestPerson]
    let circles: [Circle]
    private let hub: HubAddress
    private let clients: [TestClient]
    /// A device of nobody's in each group: what there is to see.
    private let beacons: [DeviceID]
    /// By group.
    private var members: [Set<Int>] = [[0], [0]]
    /// Who were members when a beacon was at its place, by the time of its fix.
    private var audiences: [Int64: Set<Int>] = [:]
    /// By person: the groups of which nothing may come, for they have left and were told so.
    private var ended: [Set<GroupID>]
    private var clock: Int64
    private var lastID: Int64 = 1 << 40

    init(on hub: HubAddress) async throws {
        self.hub = hub
        var people: [TestPerson] = []
        var clients: [TestClient] = []
        for name in ["ana", "ben", "cara", "dan"] {
            let person = try await TestPerson.register(on: hub, name)
            people.append(person)
            clients.append(try await person.connect())
        }
        var circles: [Circle] = []
        var beacons: [DeviceID] = []
        for loop in 0..<2 {
            let circle = try await Circle.make(by: people[0], on: loop)
            circles.append(circle)
            beacons.append(try await hub.register(in: circle.id))
            _ = try await clients[0].watch(circle.id)
        }
        (self.people, self.clients, self.circles, self.beacons) = (people, clients, circles, beacons)
        ended = Array(repeating: [], count: people.count)
        clock = Timestamp.now.milliseconds - 60_000
    }

    /// Somebody does something.
    func act(_ kind: Int, _ who: Int, on other: Int, in place: Int) async throws {
        let (person, circle) = (people[who], circles[place])
        switch kind {
        case 0, 1:
            try await circle.admit(person)
            members[place].insert(who)
        case 2, 3:
            let answer =
                kind == 2
                ? try await person.post("\(circle.path)/leave", "")
                : try await people[0].delete("\(circle.path)/members/\(person.id)")
            #expect(answer.status == (members[place].contains(who) ? 204 : 404))
            members[place].remove(who)
        case 4 where other != who: _ = try await person.post("/api/v1/blocks", #"{"userId":"\#(people[other].id)"}"#)
        default: break
        }
    }

    /// Somebody asks for a group, over the stream and over REST.
    func tryToSee(_ who: Int, _ place: Int) async throws {
        let (circle, isMember) = (circles[place], members[place].contains(who))
        lastID += 1
        let id = lastID
        await clients[who].send(.watch(circle.id), id: id)
        while true {
            let message = try await clients[who].next()
            guard message.re == id else {
                try check(message, heardBy: who)
                continue
            }
            switch message {
            case .snapshot:
                #expect(isMember)
                ended[who].remove(circle.id)
            case .error(let failure): #expect(!isMember && failure.code == .notFound)
            default: Issue.record("neither a snapshot nor an error")
            }
            break
        }
        let list = try await people[who].get("/api/v1/devices?groupId=\(circle.id)")
        #expect(list.status == (isMember ? 200 : 404))
    }

    /// Every beacon moves, in the sight of those who are members now.
    func move() async throws {
        for (place, beacon) in beacons.enumerated() {
            clock += 1
            audiences[clock] = members[place]
            let fix = Fix.sample(at: Timestamp(milliseconds: clock))
            #expect(try await hub.post("/api/v1/locations", Uploads.one(of: beacon, fix)).status == 200)
        }
    }

    /// Looks at everything that has come to somebody.
    func hear(_ who: Int) async throws {
        lastID += 1
        let id = lastID
        await clients[who].send(.ping, id: id)
        while true {
            let message = try await clients[who].next()
            if message.re == id { return }
            try check(message, heardBy: who)
        }
    }

    private func check(_ message: HubMessage, heardBy who: Int) throws {
        switch message {
        case .unwatched(let group): ended[who].insert(group)
        case .positions(let group, let positions):
            #expect(!ended[who].contains(group), "positions after the end")
            for position in positions {
                let audience = try #require(audiences[position.fix.capturedAt.milliseconds])
                #expect(audience.contains(who), "positions of a group one was not in")
            }
        case .presence(let change): #expect(!ended[who].contains(change.group), "presence after the end")
        case .member(let change): #expect(!ended[who].contains(change.group), "members after the end")
        case .snapshot(let snapshot): #expect(!ended[who].contains(snapshot.group), "a snapshot after the end")
        default: break
        }
    }

    /// The owner sees the last of each beacon; then what is on its way to others has come too.
    func end() async throws {
        for place in circles.indices {
            clock += 1
            audiences[clock] = [0]
            members[place] = [0]
            for who in 1..<people.count {
                _ = try await people[0].delete("\(circles[place].path)/members/\(people[who].id)")
            }
            let moment = Timestamp(milliseconds: clock)
            _ = try await hub.post("/api/v1/locations", Uploads.one(of: beacons[place], .sample(at: moment)))
            let circle = circles[place]
            try await clients[0].first("the last position") { message in
                guard case .positions(circle.id, let positions) = message else { return nil }
                return positions.contains { $0.fix.capturedAt == moment } ? () : nil
            }
        }
        for who in 1..<people.count {
            try await hear(who)
            await clients[who].close()
        }
        await clients[0].close()
    }
}
