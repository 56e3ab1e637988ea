import Configuration
import Foundation
import Model
import Testing
import Wire

/// Everything that a person is sent or answered, with what differs from pair to pair by nature replaced: who is who, ids that
/// were made, times.
private final class View {
    private(set) var lines: [String] = []
    private let names: [(String, String)]

    init(_ person: TestPerson, _ other: TestPerson, _ talk: ConversationID) {
        names = [
            ("\(person.id)", "ME"), ("\(other.id)", "OTHER"), ("\(talk)", "TALK"), (person.username, "me"),
            (other.username, "other"),
        ]
    }

    func see(_ what: String, _ text: String) {
        var text = "\(what): \(text)"
        for (name, stand) in names { text = text.replacingOccurrences(of: name, with: stand) }
        for (pattern, stand) in [
            ("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "TIME"),
            ("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID"),
        ] {
            text = text.replacingOccurrences(of: pattern, with: stand, options: .regularExpression)
        }
        lines.append(text)
    }

    func see(_ what: String, _ answer: HTTPAnswer) {
        // Which fields come, too; what the rate limits have left is the caller's own count.
        let fields = answer.fields.map { $0.name.lowercased() }.sorted().joined(separator: " ")
        see(what, "\(answer.status) \(fields) \(answer.text)")
    }
}

/// Whoever is blocked sees, byte for byte, what they would see of somebody who went away and does not answer.
@Suite(.timeLimit(.minutes(2)))
struct BlockedViewTests {
    /// What the other one does once both have said something.
    private enum Fate {
        case blocks
        case isAway
    }

    @Test func `who is blocked sees what they would see of somebody who does not answer`() async throws {
        try await RunningHub.with {
            $0.fanout.tick = .zero
            $0.presence.grace = .zero
        } _: { hub in
            let blocked = try await view(of: .blocks, on: hub.address)
            let unanswered = try await view(of: .isAway, on: hub.address)
            #expect(blocked.lines.count > 40)
            for (one, other) in zip(blocked.lines, unanswered.lines) { #expect(one == other) }
            #expect(blocked.lines.count == unanswered.lines.count)
        }
    }

    private func view(of fate: Fate, on hub: HubAddress) async throws -> View {
        let me = try await TestPerson.register(on: hub, "me", displayName: "Me")
        let other = try await TestPerson.register(on: hub, "other", displayName: "Other")
        let opened = try await me.post("/api/v1/conversations", #"{"kind":"direct","userId":"\#(other.id)"}"#)
        let talk = ConversationID(try #require(opened.json["id"]?.string.flatMap { UniqueID($0) }))
        let path = "/api/v1/conversations/\(talk)"
        #expect(try await me.post("\(path)/messages", text("the harbour")).status == 201)
        #expect(try await other.post("\(path)/messages", text("the station")).status == 201)
        #expect(try await other.post("\(path)/read", #"{"seq":1}"#).status == 204)
        let view = View(me, other, talk)
        if case .blocks = fate {
            #expect(try await other.post("/api/v1/blocks", #"{"userId":"\#(me.id)"}"#).status == 204)
        }
        let stream = try await RawStream.open(me.hub, headers: me.headers)
        try await ask(stream, view, #"{"type":"sync","id":1,"conversations":[{"id":"\#(talk)","since":0}]}"#, until: 1)

        // The one who blocks comes, says how they are, writes and types, and is not seen.
        var theirs: TestClient?
        if case .blocks = fate {
            let client = try await other.connect()
            try await client.ask(.presence(.init(status: .busy, note: "reading")))
            await client.send(.typing(.init(conversation: talk, isTyping: true)))
            guard
                case .error(let refusal) = try await client.ask(
                    .message(.init(conversation: talk, clientID: .version7(at: .now), text: "no")))
            else { throw Unexpected(what: "the blocker wrote") }
            #expect(refusal.code == .forbidden)
            try await client.settle()
            theirs = client
        }

        for (number, message) in [
            #"{"type":"message","id":N,"conversation":"\#(talk)","clientId":"CLIENT","text":"are you there"}"#,
            #"{"type":"message","id":N,"conversation":"\#(talk)","clientId":"CLIENT","text":"hm","replyTo":3}"#,
            #"{"type":"message","id":N,"conversation":"\#(talk)","clientId":"CLIENT","text":"hm","replyTo":99}"#,
            #"{"type":"message","id":N,"conversation":"\#(talk)","clientId":"CLIENT","text":" "}"#,
            #"{"type":"read","id":N,"conversation":"\#(talk)","seq":4}"#,
            #"{"type":"read","id":N,"conversation":"\#(talk)","seq":99}"#,
            #"{"type":"typing","conversation":"\#(talk)","typing":true}{"#,
            #"{"type":"presence","id":N,"status":"away"}"#,
        ].enumerated() {
            let message = message.replacingOccurrences(of: "CLIENT", with: "\(UniqueID.version7(at: .now))")
                .replacingOccurrences(of: "N,", with: "\(10 + number),")
            try await ask(stream, view, message, until: nil)
        }
        await say(stream, #"{"type":"typing","conversation":"\#(talk)","typing":true}"#)

        let requests: [(String, String, String?)] = [
            ("POST", "\(path)/messages", text("by request")),
            ("PATCH", "\(path)/messages/1", #"{"text":"the bridge"}"#),
            ("PATCH", "\(path)/messages/2", #"{"text":"not mine"}"#),
            ("PATCH", "\(path)/messages/99", #"{"text":"nothing"}"#),
            ("PUT", "\(path)/messages/2/reactions/%F0%9F%91%8D", ""),
            ("PUT", "\(path)/messages/3/reactions/%F0%9F%91%8D", ""),
            ("DELETE", "\(path)/messages/4", nil),
            ("POST", "\(path)/read", #"{"seq":5}"#),
            ("POST", "\(path)/mute", #"{"until":null}"#),
            ("PATCH", path, #"{"name":"x"}"#),
            ("POST", "/api/v1/conversations", #"{"kind":"direct","userId":"\#(other.id)"}"#),
            ("GET", "/api/v1/conversations", nil), ("GET", path, nil), ("GET", "\(path)/members", nil),
            ("GET", "\(path)/reads", nil), ("GET", "\(path)/messages?since=0", nil),
            ("GET", "\(path)/messages?changedSince=0", nil), ("GET", "\(path)/messages?before=4", nil),
            ("GET", "/api/v1/conversations/search?q=harbour", nil),
            ("GET", "/api/v1/conversations/search?q=bridge", nil),
            ("GET", "/api/v1/conversations/search?q=station", nil),
            ("GET", "/api/v1/conversations/search?q=there", nil),
            ("GET", "/api/v1/presence?userIds=\(other.id)", nil), ("GET", "/api/v1/users/\(other.id)", nil),
            // Looked up by name, who blocks is nobody: the one thing that tells (`BlockTests`).
            ("GET", "/api/v1/blocks", nil),
            ("DELETE", "/api/v1/blocks/\(other.id)", nil), ("GET", "/api/v1/notifications/preferences", nil),
        ]
        for (method, target, body) in requests {
            view.see("\(method) \(target)", try await me.request(method, target, body: body))
        }
        try await ask(
            stream, view, #"{"type":"sync","id":90,"conversations":[{"id":"\#(talk)","since":0}]}"#, until: 90)
        if let theirs {
            await theirs.close()
            _ = try await other.put("/api/v1/presence", #"{"status":"online"}"#)
        }
        try await ask(stream, view, #"{"type":"ping","id":91}"#, until: nil)
        await stream.connection.close()
        return view
    }

    private func text(_ text: String) -> String {
        #"{"clientId":"\#(UniqueID.version7(at: .now))","text":"\#(text)"}"#
    }

    private func say(_ stream: RawStream, _ message: String) async {
        await stream.connection.send(RawStream.frame(.text, Array(message.utf8)))
    }

    /// Says it, and sees everything that comes up to the answer to a ping behind it.
    ///
    /// - Parameter request: Whose `ok` is waited for before, if its answer takes time.
    private func ask(_ stream: RawStream, _ view: View, _ message: String, until request: Int?) async throws {
        await say(stream, message)
        let answer = "\"re\":\(request ?? -1)"
        if request != nil {
            while true {
                let came = try await stream.text()
                view.see("stream", came)
                if came.contains(answer), came.contains(#""type":"ok""#) { break }
            }
        } else {
            while true {
                let came = try await stream.text()
                view.see("stream", came)
                if came.contains(#""re":"#) || came.contains(#""type":"error""#) || came.contains(#""type":"pong""#) {
                    break
                }
            }
        }
    }
}
