import HubTesting
import Model
import Testing
import Wire

@testable import Chat

/// A client: knows how far it has read each conversation, sends until it is acknowledged, and comes back.
private final class Client {
    let user: UserID
    var peer: FakePeer
    /// How far it had each conversation when it opened its session.
    var since: [ConversationID: Int64]
    var unacknowledged: [(name: UInt64, talk: ConversationID)] = []

    init(_ user: UserID, _ peer: FakePeer, _ talks: [ConversationID]) {
        self.user = user
        self.peer = peer
        since = Dictionary(uniqueKeysWithValues: talks.map { ($0, 0) })
    }
}

@Suite struct `any order of sends, retries, faults and reconnections` {
    private let talks = [conversation(1), conversation(2)]

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `reaches every member once, in the order of the numbers and without gaps`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let test = try ChatUnderTest()
        let people = (UInt64(1)...4).map { user($0) }
        for talk in talks { test.store.add(talk, people) }
        var sessions: UInt64 = 0
        func open(_ user: UserID, since: [ConversationID: Int64]) -> FakePeer {
            sessions += 1
            return test.open(
                sessions, user, on: Int.random(in: 0..<2, using: &random),
                syncing: talks.map { .init(conversation: $0, since: since[$0] ?? 0) })
        }
        let nothing = Dictionary(uniqueKeysWithValues: talks.map { ($0, Int64(0)) })
        let clients = people.map { Client($0, open($0, since: nothing), talks) }
        var name: UInt64 = 0
        for _ in 0..<150 {
            guard let client = clients.randomElement(using: &random), let talk = talks.randomElement(using: &random)
            else { continue }
            switch Int.random(in: 0..<10, using: &random) {
            case 0...5:
                name += 1
                client.unacknowledged.append((name: name, talk: talk))
                test.send(name, re: Int64(name), in: talk, from: client.peer)
            case 6:
                // Not sure whether it arrived.
                for sent in client.unacknowledged.suffix(3) {
                    test.send(sent.name, re: Int64(sent.name), in: sent.talk, from: client.peer)
                }
            case 7: test.store.fail([.loseAnswer])
            case 8: test.store.fail([.refuse(.unavailable)])
            default:
                // It comes back with what it has, and sends again what nobody confirmed.
                test.close(client.peer)
                try check(client)
                for talk in talks { client.since[talk] = contiguous(client, talk) }
                client.peer = open(client.user, since: client.since)
                for sent in client.unacknowledged {
                    test.send(sent.name, re: Int64(sent.name), in: sent.talk, from: client.peer)
                }
            }
            if Bool.random(using: &random) { try await Task.sleep(for: .microseconds(200)) }
        }
        for client in clients {
            for sent in client.unacknowledged {
                test.send(sent.name, re: Int64(sent.name), in: sent.talk, from: client.peer)
            }
        }
        // Everything that was sent has been acknowledged, and everybody has everything.
        for client in clients {
            let names = client.unacknowledged.map { Int64($0.name) }
            try await client.peer.wait { seen in names.allSatisfy { seen.isAnswered($0) } }
        }
        for talk in talks {
            let stored = test.store.stored(in: talk)
            #expect(Set(stored.map(\.clientID)).count == stored.count)
            for client in clients {
                let since = client.since[talk] ?? 0
                let expected = Set(stored.map(\.sequence).filter { $0 > since })
                try await client.peer.wait { seen in
                    Set(seen.numbers(in: talk)).union(seen.acknowledged(in: talk)).isSuperset(of: expected)
                }
                try check(client)
                #expect(client.peer.seen.refusals.isEmpty)
                #expect(!client.peer.seen.isClosed)
            }
        }
        #expect(talks.reduce(0) { $0 + test.store.stored(in: $1).count } == Int(name))
        await test.stop()
    }

    /// What the session was sent goes up by one, but for what it sent itself.
    private func check(_ client: Client) throws {
        let seen = client.peer.seen
        for talk in talks {
            let numbers = seen.numbers(in: talk)
            let own = Set(seen.acknowledged(in: talk))
            var last = client.since[talk] ?? 0
            for number in numbers {
                #expect(number > last, "a message twice, or out of order")
                let between = last + 1 < number ? Set(last + 1..<number) : []
                #expect(between.isSubset(of: own), "a message left out")
                last = number
            }
        }
    }

    /// Up to where the client has everything.
    private func contiguous(_ client: Client, _ talk: ConversationID) -> Int64 {
        let seen = client.peer.seen
        let have = Set(seen.numbers(in: talk)).union(seen.acknowledged(in: talk))
        var last = client.since[talk] ?? 0
        while have.contains(last + 1) { last += 1 }
        return last
    }
}
