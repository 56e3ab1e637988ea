import Testing

@testable import hubctl

@Suite struct `A chat` {
    private static let conversation = "c"

    private func session(last: Int64 = 0) -> ChatSession {
        ChatSession(conversation: Self.conversation, ownId: "a", ownName: "Ada", last: last)
    }

    /// Connects and answers the first question with `page`.
    private func live(_ session: inout ChatSession, page: [PostedMessage] = []) -> [ChatSession.Action] {
        var actions = session.take(.welcome)
        guard case .send(.sync(let id, _, _))? = actions.last else { return actions }
        actions += session.take(.messages(re: id, conversation: Self.conversation, page, more: false))
        return actions + session.take(.ok(re: id))
    }

    private func message(_ seq: Int64, text: String = "hi", from: String = "b", clientId: String? = nil)
        -> PostedMessage
    {
        PostedMessage(seq: seq, clientId: clientId, fromId: from, fromName: from, text: text)
    }

    private func sent(_ actions: [ChatSession.Action]) -> [(id: Int64, clientId: String)] {
        actions.compactMap { action in
            if case .send(.message(let id, _, let clientId, _, _)) = action { (id, clientId) } else { nil }
        }
    }

    @Test func `keeps what is written while there is no connection, and sends it again with the same id`() throws {
        var session = session()
        expect(session.write(.init(clientId: "1", text: "one")).isEmpty, is: true)
        expect(session.write(.init(clientId: "2", text: "two")).isEmpty, is: true)
        let first = try #require(sent(live(&session)).first)
        #expect(first.clientId == "1")
        session.disconnected()
        let again = try #require(sent(live(&session)).first)
        #expect(again.clientId == "1")
        #expect(again.id != first.id)
        // An answer of the lost connection is not taken for one of this.
        expect(session.take(.ack(re: first.id, seq: 1, sentAt: "")).isEmpty, is: true)
        expect(sent(session.take(.ack(re: again.id, seq: 1, sentAt: ""))).map(\.clientId), is: ["2"])
    }

    @Test func `does not send what the answer shows to be stored`() {
        var session = session()
        _ = session.write(.init(clientId: "1", text: "one"))
        let actions = live(&session, page: [message(1, from: "a", clientId: "1")])
        #expect(sent(actions).isEmpty)
        expect(session.outbox.isEmpty, is: true)
    }

    @Test func `gives up what the hub will not take, and waits where it cannot now`() throws {
        var session = session()
        _ = live(&session)
        let id = try #require(sent(session.write(.init(clientId: "1", text: "x"))).first?.id)
        let busy = ChatEvent.refused(re: id, error: "rate_limit_exceeded", message: "", retryAfter: 2)
        expect(session.take(busy), is: [.pause(2)])
        expect(session.write(.init(clientId: "2", text: "y")).isEmpty, is: true)
        let again = try #require(sent(session.resume()).first)
        #expect(again.clientId == "1")
        let refusal = ChatEvent.refused(re: again.id, error: "validation_error", message: "too long", retryAfter: nil)
        let actions = session.take(refusal)
        #expect(actions.first == .showRefused(.init(clientId: "1", text: "x"), reason: "too long"))
        #expect(sent(actions).map(\.clientId) == ["2"])
    }

    @Test func `tells how far was read once it is live, and again on the next connection`() {
        var session = session(last: 4)
        expect(session.seen(4).isEmpty, is: true)
        expect(live(&session).contains { if case .send(.read(_, _, 4)) = $0 { true } else { false } }, is: true)
        expect(session.seen(4).isEmpty, is: true)
        session.disconnected()
        expect(live(&session).contains { if case .send(.read(_, _, 4)) = $0 { true } else { false } }, is: true)
    }

    @Test func `asks what was changed while it was away, from the last change before`() {
        var session = session(last: 2)
        expect(live(&session).contains { if case .fetchChanges = $0 { true } else { false } }, is: false)
        var edited = message(2, text: "new")
        edited.change = 7
        expect(session.take(.edited(conversation: "c", edited)), is: [.showChanged(edited)])
        session.disconnected()
        var fresh = message(3)
        fresh.change = 12
        expect(live(&session, page: [fresh]).contains(.fetchChanges(since: 7)), is: true)
        // The connection is lost before the answer: the same is asked again.
        session.disconnected()
        expect(live(&session).contains(.fetchChanges(since: 7)), is: true)
        expect(session.changes([edited]), is: [.showChanged(edited)])
        session.disconnected()
        expect(live(&session).contains(.fetchChanges(since: 12)), is: true)
    }

    @Test func `goes on asking while the hub says that there is more`() {
        var session = session()
        guard case .send(.sync(let id, _, 0))? = session.take(.welcome).last else {
            Issue.record("it does not ask")
            return
        }
        _ = session.take(.messages(re: id, conversation: "c", [message(1)], more: true))
        let actions = session.take(.ok(re: id))
        #expect(actions.contains { if case .send(.sync(_, _, 1)) = $0 { true } else { false } })
        #expect(!session.isLive)
    }

    @Test func `ends when the person is no member any more, and hears of no other conversation`() {
        var session = session()
        _ = live(&session)
        expect(session.take(.message(conversation: "other", message(1))).isEmpty, is: true)
        expect(session.take(.typing(conversation: "other", userId: "b", isTyping: true)).isEmpty, is: true)
        let actions = session.take(.conversation("c", change: "removed"))
        #expect(actions.contains { if case .end = $0 { true } else { false } })
    }
}
