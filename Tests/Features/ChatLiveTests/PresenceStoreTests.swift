import Chat
import HubTesting
import Model
import Persistence
import Testing

@Suite struct `who may see how somebody is` {
    private let ann = user(1)
    private let ben = user(2)
    private let cleo = user(3)

    /// Both ways of asking must say the same.
    private func sees(_ watcher: UserID, _ person: UserID, _ store: PostgresPresenceStore) async throws -> Bool {
        let isWatcher = try await store.watchers(of: person).contains(watcher)
        let isShown = try await store.profiles(of: [person], for: watcher)[person]?.isHidden == false
        #expect(isWatcher == isShown, "the two rules differ")
        return isWatcher
    }

    private func with(_ body: (ChatDatabase, PostgresPresenceStore) async throws -> Void) async throws {
        try await ChatDatabase.with { chat in
            for person in [ann, ben, cleo] { try await chat.addUser(person) }
            try await body(chat, PostgresPresenceStore(database: chat.database))
        }
    }

    @Test func `strangers see nothing, and people see themselves`() async throws {
        try await with { _, store in
            #expect(try await sees(ann, ben, store) == false)
            let shown = try await store.profiles(of: [ann, user(77)], for: ann)
            #expect(shown.keys.sorted() == [ann])
        }
    }

    @Test func `people of one group see each other, until one leaves or blocks`() async throws {
        try await with { chat, store in
            try await chat.run("INSERT INTO core.groups (id, name) VALUES ('family', 'Family')")
            for person in [ann, ben] {
                try await chat.run(
                    "INSERT INTO core.group_members (group_id, user_id, role) VALUES ('family', '\(person)', 'member')")
            }
            #expect(try await sees(ann, ben, store) == true)
            #expect(try await sees(cleo, ben, store) == false)
            try await chat.block(Block(blocker: ann, blocked: ben))
            #expect(try await sees(ann, ben, store) == false)
            #expect(try await sees(ben, ann, store) == false)
            try await chat.run("DELETE FROM core.blocks")
            try await chat.run("DELETE FROM core.group_members WHERE user_id = '\(ben)'")
            #expect(try await sees(ann, ben, store) == false)
        }
    }

    @Test func `a direct conversation shows those who have written in it, and nobody else`() async throws {
        try await with { chat, store in
            let talk = conversation(1)
            try await chat.add(talk, .direct, [ann, ben])
            #expect(try await sees(ann, ben, store) == false)
            let conversations = PostgresConversationStore(database: chat.database)
            _ = try await conversations.append(
                [message(1, from: ann, in: talk)], at: Timestamp(milliseconds: 1_795_170_600_000))
            #expect(try await sees(ben, ann, store) == true)
            #expect(try await sees(ann, ben, store) == false)
        }
    }

    @Test func `members of a conversation see each other while they are in it`() async throws {
        try await with { chat, store in
            try await chat.add(conversation(1), .group, [ann, ben])
            #expect(try await sees(ann, ben, store) == true)
            try await chat.run(
                "UPDATE chat.members SET left_at = now(), visible_until = 0 WHERE user_id = '\(ben)'")
            #expect(try await sees(ann, ben, store) == false)
        }
    }

    @Test func `keeps the newest declaration and the latest moment, whatever order they come in`() async throws {
        try await with { _, store in
            #expect(try await store.profile(of: ann) == PresenceProfile())
            let moment = Timestamp(milliseconds: 1_795_170_600_000)
            let newer = PresenceDeclaration(
                user: ann, status: .invisible, note: nil, at: moment.advanced(by: .seconds(9)))
            try await store.declare([newer])
            try await store.declare([PresenceDeclaration(user: ann, status: .away, note: "x", at: moment)])
            try await store.seen([(user: ann, at: moment), (user: user(77), at: moment)])
            try await store.seen([(user: ann, at: moment.advanced(by: .seconds(-60)))])
            try await store.show(lastSeen: false, of: ann)
            #expect(
                try await store.profile(of: ann)
                    == PresenceProfile(status: .invisible, lastSeenAt: moment, showsLastSeen: false))
        }
    }
}
