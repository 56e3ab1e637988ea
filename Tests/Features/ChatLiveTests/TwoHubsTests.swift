import Chat
import HubTesting
import Model
import Testing
import Wire

/// Two hubs with one database, of which neither hears the other.
@Suite struct `two hubs` {
    private let talk = conversation(1)
    private let people = (UInt64(1)...20).map { user($0) }

    /// A hub on the database, and those who are connected to it.
    private struct Side {
        let hub: ChatUnderTest
        let store: CountedStore
        let peers: [FakePeer]

        init(_ chat: ChatDatabase, _ people: ArraySlice<UserID>) throws {
            store = CountedStore(PostgresConversationStore(database: chat.database))
            let hub = try ChatUnderTest(on: store)
            self.hub = hub
            peers = people.enumerated().map { hub.open($0.element.rawValue.low, $0.element, on: $0.offset % 2) }
        }

        /// Its first person says something under each of the names.
        func say(_ names: ClosedRange<UInt64>, in talk: ConversationID) {
            for name in names { hub.send(name, re: Int64(name), in: talk, from: peers[0]) }
        }

        func isAnswered(_ names: ClosedRange<UInt64>) async throws {
            try await peers[0].wait { seen in names.allSatisfy { seen.isAnswered(Int64($0)) } }
        }
    }

    @Test func `tell everybody everything once and in order, and read what is the other's once for all`() async throws {
        try await ChatDatabase.with { chat in
            for person in people { try await chat.addUser(person) }
            try await chat.add(talk, .group, people)
            let (one, other) = (try Side(chat, people[0..<8]), try Side(chat, people[8..<16]))
            // The one knows the conversation before the other hub says anything in it; that one tells what comes after the first.
            other.say(1...1, in: talk)
            try await other.isAnswered(1...1)
            one.say(1...250, in: talk)
            try await one.isAnswered(1...250)
            other.say(2...2, in: talk)
            try await hear(1...252, other)
            // 250 messages for eight people in three pages, of none of them in particular.
            #expect(other.store.counts.storedPages == 3)
            #expect(other.store.counts.pages == 0)

            // Both at once; at the end each says one thing more, so that it has everything before it.
            for round in UInt64(0)..<10 {
                one.say(1000 + round * 10...1009 + round * 10, in: talk)
                other.say(1000 + round * 10...1009 + round * 10, in: talk)
            }
            try await one.isAnswered(1000...1099)
            try await other.isAnswered(1000...1099)
            one.say(2000...2000, in: talk)
            try await hear(2...453, one)
            other.say(2000...2000, in: talk)
            try await hear(1...454, other)
            // At most a page for each batch of its own, where it was nine for each before.
            for side in [one, other] {
                #expect(side.store.counts.storedPages <= 3 + 101)
                #expect(side.store.counts.pages == 0)
            }
            try await checkNotices(one, other)
            await one.hub.stop()
            await other.hub.stop()
        }
    }

    /// Everybody on that side has been told of these messages, each once and in their order, but for the own ones.
    private func hear(_ numbers: ClosedRange<Int64>, _ side: Side) async throws {
        for (place, peer) in side.peers.enumerated() {
            try await peer.wait { [talk] seen in
                seen.numbers(in: talk).count + seen.acknowledged(in: talk).count >= numbers.count
            }
            let own = Set(peer.seen.acknowledged(in: talk))
            #expect(own.isEmpty == (place > 0))
            #expect(peer.seen.numbers(in: talk) == numbers.filter { !own.contains($0) })
        }
    }

    /// Who is on neither hub has exactly one notice of each message, and nobody two of one.
    private func checkNotices(_ sides: Side...) async throws {
        let absent = people[16...]
        let deadline = ContinuousClock.now + .seconds(30)
        func kept() -> [MissedMessage] { sides.flatMap(\.hub.missed.messages) }
        while kept().filter({ absent.contains($0.recipient) }).count < absent.count * 454, .now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        for person in people {
            let numbers = kept().filter { $0.recipient == person }.map(\.sequence)
            #expect(Set(numbers).count == numbers.count, "two notices of one message")
            if absent.contains(person) { #expect(numbers.sorted() == Array(1...454)) }
        }
    }
}
