import Configuration
import Crypto
import EventLoop
import Glibc
import Hub
import Model
import Persistence
import Testing
import Wire

/// Conversations over real sockets, on a hub with two loops.
@Suite(.timeLimit(.minutes(3)))
struct ConversationStreamTests {
    private func people(_ count: Int, on hub: HubAddress) async throws -> [TestPerson] {
        var people: [TestPerson] = []
        for _ in 0..<count { people.append(try await TestPerson.register(on: hub)) }
        return people
    }

    @Test func `people on several connections hear each other in order, and the sender is acknowledged alone`()
        async throws
    {
        let hub = try await RunningHub.shared.address()
        let people = try await people(2, on: hub)
        let talk = try await TestTalk.group(people)
        let sender = try await people[0].connect()
        // Connections meet the loops by chance: some of these are on each.
        var readers: [TestClient] = []
        for number in 0..<6 { readers.append(try await people[number % 2].connect()) }
        for reader in readers + [sender] { #expect(try await reader.catchUp(talk).isEmpty) }
        for number in Int64(1)...20 { #expect(try await sender.say("number \(number)", in: talk) == number) }
        for reader in readers {
            for number in Int64(1)...20 {
                let message = try await reader.hear(in: talk)
                #expect(message.sequence == number)
                #expect(message.text == "number \(number)")
                #expect(message.from?.user == people[0].id)
            }
        }
        await sender.close()
        for message in await sender.rest() {
            if case .message = message { Issue.record("the sender heard its own message") }
        }
        for reader in readers { await reader.close() }
    }

    @Test func `a message sent twice is stored once, also over another connection`() async throws {
        let hub = try await RunningHub.shared.address()
        let people = try await people(2, on: hub)
        let talk = try await TestTalk.group(people)
        let first = try await people[0].connect()
        let second = try await people[0].connect()
        let name = UniqueID.version7(at: .now)
        #expect(try await first.say("once", in: talk, name) == 1)
        #expect(try await first.say("once", in: talk, name) == 1)
        #expect(try await second.say("once", in: talk, name) == 1)
        let reader = try await people[1].connect()
        #expect(try await reader.catchUp(talk).map(\.text) == ["once"])
        for client in [first, second, reader] { await client.close() }
    }

    @Test func `who was away catches up page by page, and goes on live`() async throws {
        let hub = try await RunningHub.shared.address()
        let people = try await people(2, on: hub)
        let talk = try await TestTalk.group(people)
        let sender = try await people[0].connect()
        for number in Int64(1)...30 { #expect(try await sender.say("\(number)", in: talk) == number) }
        let reader = try await people[1].connect()
        #expect(try await reader.catchUp(talk, since: 12).map(\.sequence) == Array(13...30))
        #expect(try await sender.say("live", in: talk) == 31)
        #expect(try await reader.hear(in: talk).sequence == 31)
        for client in [sender, reader] { await client.close() }
    }

    @Test func `a client that catches up slowly is waited for, and hears what is said meanwhile`() async throws {
        try await RunningHub.with {
            $0.fanout.outboundBytes = 262_144
            // Who reads slowly sends no pong either.
            $0.presence.heartbeat = .seconds(600)
        } _: { hub in
            let people = try await people(2, on: hub.address)
            let (talk, other) = (try await TestTalk.group(people), try await TestTalk.group(people))
            // More than the kernel's buffers of a connection hold together with the hub's.
            let (count, bytes) = (4000, 4000)
            try await hub.write(count, of: bytes, by: people[0], in: talk)
            let sender = try await people[0].connect()
            let slow = try await people[1].connect()
            await slow.stopReading()
            await slow.send(talk.everything, id: 7)
            try await hub.isWaitingForReader()
            for number in Int64(1)...20 { #expect(try await sender.say("\(number)", in: other) == number) }
            // It reads a little, and then all.
            for _ in 0..<5 {
                await slow.readOn()
                await slow.stopReading()
                #expect(try await sender.say("more", in: other) > 0)
            }
            await slow.readOn()
            var (numbers, others, isDone) = ([Int64](), [Int64](), false)
            while !isDone || others.count < 25 {
                switch try await slow.next() {
                case .messages(let page):
                    #expect(page.messages.count * bytes < 65_536)
                    numbers += page.messages.map(\.sequence)
                case .message(let message) where message.conversation == other.id: others.append(message.sequence)
                case .ok(re: 7): isDone = true
                default: break
                }
            }
            #expect(numbers == Array(1...Int64(count)))
            #expect(others == Array(1...25))
            for client in [sender, slow] { await client.close() }
        }
    }

    @Test func `what changes of a message is told to those alone who see the message`() async throws {
        let hub = try await RunningHub.shared.address()
        let people = try await people(3, on: hub)
        let talk = try await TestTalk.group(Array(people[0...1]))
        let path = "/api/v1/conversations/\(talk.id)"
        let ann = try await people[0].connect()
        let ben = try await people[1].connect()
        let late = try await people[2].connect()
        #expect(try await ann.say("before", in: talk) == 1)
        #expect(try await people[0].post("\(path)/members", #"{"userIds":["\#(people[2].id)"]}"#).status < 300)
        #expect(try await people[0].patch("\(path)/messages/1", #"{"text":"rewritten"}"#).status < 300)
        #expect(try await people[1].put("\(path)/messages/1/reactions/%F0%9F%91%8D", "").status == 204)
        let edited: String? = try await ben.first("the edit") {
            if case .edited(let message) = $0 { message.text } else { nil }
        }
        #expect(edited == "rewritten")
        #expect(try await ann.say("after", in: talk) == 2)
        while true {
            switch try await late.next() {
            case .edited, .reaction: Issue.record("somebody heard of a message from before they came")
            case .message(let message) where message.conversation == talk.id:
                #expect(message.text == "after")
                for client in [ann, ben, late] { await client.close() }
                return
            default: break
            }
        }
    }

    @Test func `a conversation of others is not found, whatever is asked of it`() async throws {
        let hub = try await RunningHub.shared.address()
        let people = try await people(3, on: hub)
        let talk = try await TestTalk.group(Array(people.prefix(2)))
        let stranger = try await people[2].connect()
        let nowhere = ConversationID(.version7(at: .now))
        for id in [talk.id, nowhere] {
            for question: ClientMessage in [
                .message(.init(conversation: id, clientID: .version7(at: .now), text: "let me in")),
                .typing(.init(conversation: id, isTyping: true)), .read(.init(conversation: id, sequence: 0)),
                .sync([.init(conversation: id, since: 0)]),
            ] {
                guard case .error(let failure) = try await stranger.ask(question) else {
                    Issue.record("not refused")
                    continue
                }
                #expect(failure.code == .notFound)
                #expect(failure.message == "There is no such conversation")
            }
        }
        await stranger.close()
    }

    @Test func `bad texts are refused and the connection stays`() async throws {
        let hub = try await RunningHub.shared.address()
        let people = try await people(2, on: hub)
        let talk = try await TestTalk.group(people)
        let client = try await people[0].connect()
        for text in ["", "   ", "\u{1}\u{2}", String(repeating: "x", count: 4_001), "\u{202E}\u{202C}"] {
            guard case .error(let failure) = try await client.ask(talk.draft(text)) else {
                Issue.record("taken")
                continue
            }
            #expect(failure.code == .validationError)
            #expect(failure.details.map(\.field) == ["text"])
        }
        #expect(try await client.say(String(repeating: "x", count: 4_000), in: talk) == 1)
        guard case .error(let beyond) = try await client.ask(.read(.init(conversation: talk.id, sequence: 2))) else {
            return #expect(Bool(false), "read beyond the end")
        }
        #expect(beyond.details.map(\.field) == ["seq"])
        await client.send(talk.draft(String(repeating: "x", count: 1_000_000)))
        #expect(try await client.ended().code == 1009)
    }

    @Test func `typing, read marks and changes reach the others`() async throws {
        let hub = try await RunningHub.shared.address()
        let people = try await people(2, on: hub)
        let talk = try await TestTalk.group(people)
        let ann = try await people[0].connect()
        let ben = try await people[1].connect()
        #expect(try await ben.catchUp(talk).isEmpty)
        await ann.send(.typing(.init(conversation: talk.id, isTyping: true)))
        let typing = try await ben.first("typing") { $0 == .typing(talk.id, people[0].id, isTyping: true) ? true : nil }
        #expect(typing)
        #expect(try await ann.say("hello", in: talk) == 1)
        #expect(try await ben.hear(in: talk).sequence == 1)
        #expect(try await ben.ask(.read(.init(conversation: talk.id, sequence: 1))).re != nil)
        let read = try await ann.first("read") { $0 == .read(talk.id, people[1].id, sequence: 1) ? true : nil }
        #expect(read)
        let path = "/api/v1/conversations/\(talk.id)/messages/1"
        #expect(try await people[0].patch(path, #"{"text":"hello again"}"#).status == 200)
        let edited = try await ben.first("edited") { if case .edited(let message) = $0 { message } else { nil } }
        #expect(edited.text == "hello again")
        #expect(try await people[0].delete(path).status == 204)
        let deleted: Int64 = try await ben.first("deleted") {
            if case .deleted(talk.id, let number, _) = $0 { number } else { nil }
        }
        #expect(deleted == 1)
        for client in [ann, ben] { await client.close() }
    }

    @Test func `who is removed hears of that and of nothing after it`() async throws {
        let hub = try await RunningHub.shared.address()
        let people = try await people(3, on: hub)
        let talk = try await TestTalk.group(people)
        let ann = try await people[0].connect()
        let ben = try await people[1].connect()
        let cleo = try await people[2].connect()
        for client in [ann, ben, cleo] { #expect(try await client.catchUp(talk).isEmpty) }
        #expect(try await people[0].delete("/api/v1/conversations/\(talk.id)/members/\(people[1].id)").status == 204)
        #expect(try await ann.say("without ben", in: talk) == 1)
        #expect(try await cleo.hear(in: talk).sequence == 1)
        let removed = try await ben.first("removed") { $0 == .conversation(talk.id, .removed) ? true : nil }
        #expect(removed)
        try await ben.settle()
        await ben.close()
        for message in await ben.rest() {
            if case .message = message { Issue.record("who was removed heard a message") }
        }
        for client in [ann, cleo] { await client.close() }
    }

    @Test func `a request's message reaches the streams too`() async throws {
        let hub = try await RunningHub.shared.address()
        let people = try await people(2, on: hub)
        let talk = try await TestTalk.group(people)
        let ben = try await people[1].connect()
        #expect(try await ben.catchUp(talk).isEmpty)
        let answer = try await people[0].post(
            "/api/v1/conversations/\(talk.id)/messages",
            #"{"clientId":"\#(UniqueID.version7(at: .now))","text":"by request"}"#)
        #expect(answer.status == 201)
        #expect(try await ben.hear(in: talk).text == "by request")
        await ben.close()
    }

    @Test func `people see each other come, say how they are, and go, and strangers see nothing`() async throws {
        let hub = try await RunningHub.immediate.address()
        let people = try await people(3, on: hub)
        _ = try await TestTalk.group(Array(people.prefix(2)))
        let ann = try await people[0].connect()
        let stranger = try await people[2].connect()
        let ben = try await people[1].connect()
        func presence(_ status: PresenceStatus) async throws -> UserPresence {
            try await ann.first("\(status)") {
                if case .userPresence(let shown) = $0, shown.user == people[1].id, shown.status == status {
                    shown
                } else {
                    nil
                }
            }
        }
        _ = try await presence(.online)
        #expect(try await ben.ask(.presence(.init(status: .busy, note: "reading"))).re != nil)
        let busy = try await presence(.busy)
        #expect(busy.note == "reading")
        let listed = try await people[0].get("/api/v1/presence?userIds=\(people[1].id),\(people[2].id)")
        #expect(listed.json["presences"]?.array?.count == 1)
        #expect(listed.json["presences"]?.array?.first?["status"]?.string == "busy")
        #expect(try await people[1].put("/api/v1/presence", #"{"status":"invisible"}"#).status == 204)
        _ = try await presence(.offline)
        #expect(try await people[1].put("/api/v1/presence/settings", #"{"showLastSeen":false}"#).status == 200)
        let hidden = try await people[0].get("/api/v1/presence?userIds=\(people[1].id)")
        #expect(hidden.json["presences"]?.array?.first?["lastSeenAt"] == nil)
        try await stranger.settle()
        for client in [ann, ben, stranger] { await client.close() }
        for message in await stranger.rest() {
            if case .userPresence = message { Issue.record("a stranger saw somebody") }
        }
    }

    @Test func `without Postgres nothing is acknowledged or told, and all of it is when it is back`() async throws {
        let outage = try await Outage()
        let running = try await RunningHub.start(on: outage.uri) {
            $0.database.statementTimeout = Outage.statementTimeout
        }
        let hub = HubAddress(port: running.port)
        let people = try await people(2, on: hub)
        let talk = try await TestTalk.group(people)
        let ann = try await people[0].connect()
        let ben = try await people[1].connect()
        #expect(try await ben.catchUp(talk).isEmpty)
        #expect(try await ann.say("before", in: talk) == 1)
        #expect(try await ben.hear(in: talk).text == "before")
        await outage.begin()
        for number in Int64(0)..<5 { await ann.send(talk.draft("during \(number)"), id: number) }
        try await ann.settle()
        try await outage.end()
        for number in Int64(0)..<5 {
            let acknowledged: Int64 = try await ann.first("ack \(number)") {
                if case .messageStored(number, talk.id, let sequence, _) = $0 { sequence } else { nil }
            }
            #expect(acknowledged == number + 2)
            let heard = try await ben.hear(in: talk)
            #expect(heard.sequence == number + 2)
            #expect(heard.text == "during \(number)")
        }
        for client in [ann, ben] { await client.close() }
        await running.stop()
        await outage.close()
    }

    @Test func `a hub that is killed loses nothing it acknowledged, and knows what was sent twice`() async throws {
        try await HubProcess.with { hub in
            let people = try await people(2, on: hub.address)
            let talk = try await TestTalk.group(people)
            var acknowledged: [Int64: String] = [:]
            var unsure: [(name: UniqueID, text: String)] = []
            for round in 0..<3 {
                let ann = try await people[0].connect()
                for sent in unsure { acknowledged[try await ann.say(sent.text, in: talk, sent.name)] = sent.text }
                unsure = []
                for number in 0..<20 {
                    let text = "round \(round), \(number)"
                    acknowledged[try await ann.say(text, in: talk)] = text
                }
                for number in 0..<10 {
                    let sent = (name: UniqueID.version7(at: .now), text: "unsure \(round), \(number)")
                    unsure.append(sent)
                    await ann.send(talk.draft(sent.text, sent.name))
                }
                hub.run.signal(SIGKILL)
                await ann.abort()
                try await hub.restart()
            }
            let ann = try await people[0].connect()
            for sent in unsure { acknowledged[try await ann.say(sent.text, in: talk, sent.name)] = sent.text }
            let ben = try await people[1].connect()
            let all = try await ben.catchUp(talk)
            #expect(all.map(\.sequence) == Array(1...90))
            #expect(Set(all.map(\.clientID)).count == 90)
            for message in all { #expect(acknowledged[message.sequence] == message.text) }
            for client in [ann, ben] { await client.close() }
        }
    }
}

extension RunningHub {
    /// Puts messages of a length into a conversation, as if somebody had sent them. In several statements: what Postgres does to
    /// the words of a long text takes half a millisecond, on a processor that nothing else wants.
    fileprivate func write(_ count: Int, of length: Int, by sender: TestPerson, in talk: TestTalk) async throws {
        let write = PostgresStatement(
            "test.write_messages",
            """
            WITH counted AS (UPDATE chat.conversations SET last_seq = $4, last_sent_at = now() WHERE id = $1)
            INSERT INTO chat.messages (conversation_id, seq, sender_id, client_id, text, sent_at)
            SELECT $1, number, $2, gen_random_uuid(), repeat('x', $5), now() FROM generate_series($3, $4) number
            """)
        for first in stride(from: 1, through: count, by: 500) {
            _ = try await database.query(
                write.with(
                    talk.id.rawValue, sender.id.rawValue, Int64(first), Int64(min(first + 499, count)), Int32(length)))
        }
    }

    /// Waits until more waits for somebody's connection than the kernel takes.
    fileprivate func isWaitingForReader() async throws {
        let key = try await RunningHub.makeKey("admin", isAdmin: true, in: keys).text
        let deadline = ContinuousClock.now + Support.patience
        while ContinuousClock.now < deadline {
            let answer = try await address.request("GET", "/api/v1/admin/sessions", key: key)
            let sessions = answer.json["sessions"]?.array ?? []
            if sessions.contains(where: { $0["queuedBytes"]?.double ?? 0 > 0 }) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Overdue(what: "a client that does not read has something waiting")
    }
}
