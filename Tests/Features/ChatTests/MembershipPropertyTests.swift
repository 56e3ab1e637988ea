import HubTesting
import Model
import Testing
import Wire

@testable import Chat

/// Random people join, leave, are removed, blocked and added again, write and delete for themselves, in any order; whatever
/// they then read, list and search is what the rules say.
@Suite struct `Only those whom the rules allow write, read, list and search` {
    @Test(arguments: [1, 2, 3, 4, 5, 6])
    func `over random memberships and orders`(seed: UInt64) async throws {
        try await ChatFixture.with(people: 5) { fixture in
            var run = MembershipRun(fixture: fixture, random: SeededGenerator(seed: seed))
            try await run.begin()
            for step in 0..<160 { try await run.step(step) }
        }
    }
}

private struct MembershipRun {
    let fixture: ChatFixture
    var random: SeededGenerator
    private var ids: [ConversationID] = []
    private var models: [ConversationModel] = []
    private var blocks: Set<[Int]> = []

    init(fixture: ChatFixture, random: SeededGenerator) {
        self.fixture = fixture
        self.random = random
    }

    private func user(_ person: Int) -> UserID { fixture.people[person] }

    mutating func begin() async throws {
        for (one, other) in [(0, 1), (2, 3)] {
            ids.append(try await fixture.direct(user(one), user(other)))
            var model = ConversationModel(kind: .direct(one, other))
            model.seats[one] = .init(after: 0)
            model.seats[other] = .init(after: 0, isListed: false)
            models.append(model)
        }
        for people in [[0, 1, 2], [3, 4]] {
            ids.append(try await fixture.group(people.map(user)))
            var model = ConversationModel(kind: .group)
            for person in people { model.seats[person] = .init(after: 0) }
            models.append(model)
        }
        try await fixture.addGroup("family")
        try await fixture.join("family", user(0))
        ids.append(try await fixture.conversation(of: "family"))
        var model = ConversationModel(kind: .location)
        model.seats[0] = .init(after: 0)
        models.append(model)
    }

    mutating func step(_ step: Int) async throws {
        let index = Int.random(in: 0..<ids.count, using: &random)
        let (person, other) = (Int.random(in: 0..<5, using: &random), Int.random(in: 0..<5, using: &random))
        switch Int.random(in: 0..<12, using: &random) {
        case 0...4: try await send("word\(step)", index, person)
        case 5: try await changeMembership(index, person, joins: true, other)
        case 6: try await changeMembership(index, person, joins: false, other)
        case 7: try await leave(index, person)
        case 8:
            let isDone = try await fixture.store.forget(ids[index], user(person)).isDone
            #expect(isDone == models[index].forget(person), "step \(step)")
        case 9 where person != other:
            try await fixture.block(user(other), by: user(person))
            blocks.insert([person, other])
        case 10 where person != other:
            try await fixture.unblock(user(other), by: user(person))
            blocks.remove([person, other])
        default: break
        }
        for person in 0..<5 { try await check(index, person, step) }
    }

    private mutating func send(_ text: String, _ index: Int, _ person: Int) async throws {
        let outcome = try await fixture.send(text, to: ids[index], by: user(person))
        switch models[index].send(text, by: person, blocks) {
        case true?: #expect(outcome.storedSeq == Int64(models[index].end))
        case false?: #expect(outcome == .notMember)
        case nil: #expect(outcome == .recipientBlocked)
        }
    }

    private mutating func changeMembership(_ index: Int, _ person: Int, joins: Bool, _ other: Int) async throws {
        switch models[index].kind {
        case .location:
            let isIn = models[index].seats[person] != nil
            if joins, !isIn {
                try await fixture.join("family", user(person))
                models[index].seats[person] = .init(after: models[index].end)
            } else if !joins, isIn {
                try await fixture.quit("family", user(person))
                models[index].seats[person] = nil
            }
        case .direct:
            let isDone =
                joins
                ? try await fixture.store.add([user(other)], to: ids[index], by: user(person), at: ChatFixture.now)
                    .isDone
                : try await fixture.store.remove(user(other), from: ids[index], by: user(person)).isDone
            #expect(!isDone)
        case .group where joins:
            let isDone = try await fixture.store.add(
                [user(other)], to: ids[index], by: user(person), at: ChatFixture.now
            ).isDone
            #expect(isDone == models[index].isMember(person))
            if isDone { models[index].add(other, by: person, blocks) }
        case .group:
            let isOwner = try await owner(index) == user(person)
            let isIn = models[index].seats[other].map { $0.until == nil } ?? false
            let isDone = try await fixture.store.remove(user(other), from: ids[index], by: user(person)).isDone
            #expect(isDone == (isOwner && isIn && person != other))
            if isDone { models[index].seats[other] = nil }
        }
    }

    private func owner(_ index: Int) async throws -> UserID? {
        let state = try await fixture.store.load(ids[index])
        let owners = state?.members.filter { $0.role == .owner } ?? []
        // Whoever leaves, a group with members has one owner.
        #expect(owners.count == (state?.members.isEmpty == false ? 1 : 0))
        return owners.first?.user
    }

    private mutating func leave(_ index: Int, _ person: Int) async throws {
        let isDone = try await fixture.store.leave(ids[index], user(person), at: ChatFixture.now).isDone
        let may = models[index].kind == .group && models[index].isMember(person)
        #expect(isDone == may)
        if may { models[index].leave(person) }
    }

    private func check(_ index: Int, _ person: Int, _ step: Int) async throws {
        let texts = models[index].texts(for: person)
        let seen = try await fixture.texts(ids[index], for: user(person))?.compactMap(\.self)
        #expect(seen == texts, "step \(step), person \(person)")
        let looked = try await fixture.store.conversation(ids[index], for: user(person))
        #expect((looked != nil) == (texts != nil))
        #expect(looked?.lastMessage?.text == texts?.last)
        let listed = try await Set(fixture.list(user(person)))
        let expected = Set(ids.indices.filter { models[$0].isListed(for: person) }.map { ids[$0] })
        #expect(listed == expected, "step \(step), person \(person)")
        let state = try await fixture.store.load(ids[index])
        let isMember = state?.members.contains { $0.user == user(person) } ?? false
        #expect(isMember == models[index].isMember(person))
        guard let last = models[index].messages.last else { return }
        #expect(try await fixture.found(last.text, by: user(person)) == (texts?.last == last.text ? [last.text] : []))
    }
}

extension Result where Failure == ConversationRefusal {
    fileprivate var isDone: Bool {
        if case .success = self { true } else { false }
    }
}
