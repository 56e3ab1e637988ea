import Foundation
import Glibc
import Model
import Wire

/// `conversations` and `chat`.
enum ChatCommands {
    static let conversations = Command(
        name: "conversations", summary: "list your conversations, the newest first",
        options: [Option("limit", .value("N"), "conversations to list; 100 if not given"), PersonCommands.json],
        run: { invocation in
            let limit = try invocation.arguments.integer("limit", in: 1...10_000) ?? 100
            let api = try invocation.person()
            let ownId = try api.ownId()
            let entries = try api.list("/api/v1/conversations?limit=\(min(limit, 100))", "conversations", limit: limit)
            return PersonCommands.list(
                entries, "conversations", invocation, columns: ["NAME", "KIND", "UNREAD", "LAST MESSAGE", "ID"]
            ) { entry in
                let last = entry["lastMessage"].flatMap { PostedMessage($0) }
                let words = last.map { "\($0.fromName): \(ChatText.excerpt($0.text ?? "(deleted)"))" } ?? ""
                return [
                    name(entry, for: ownId), entry["kind"]?.string ?? "", String(entry["unreadCount"]?.integer ?? 0),
                    words,
                    entry["id"]?.string ?? "",
                ]
            }
        })

    static let chat = Command(
        name: "chat", summary: "chat in a conversation, or with a person",
        discussion: [
            "Shows the last messages, then what comes, above the line you write in. /help there lists what else can be "
                + "done: /reply, /edit, /react, /who, /search, /away, /leave, /quit and more.",
            "What you write while the hub is away is kept and sent when it is back, each message once; nothing that was "
                + "said meanwhile is missed.",
            "Where standard input is no terminal, each of its lines is a message, as it is; it ends when the last is stored, "
                + "or with --follow goes on until Ctrl-C. With --json each event is a line of JSON.",
        ],
        operands: [Operand("CONVERSATION", "a conversation's id or name, or @username for a person")],
        options: [
            PersonCommands.json,
            Option("history", .value("N"), "messages to show at first, 0 to 1000; 20 if not given"),
            Option("follow", "go on after the end of standard input"),
            Option("commands", "lines of standard input that begin with / are commands"),
            Option("mark-read", "count as read what is shown; on a terminal it always is"),
            Option("for", .value("TIME"), "end after this time"),
            Option("patience", .value("TIME"), "how long the hub may be away; 5m if not given"),
        ],
        run: { invocation in
            let arguments = invocation.arguments
            let count = try arguments.integer("history", in: 0...1000) ?? 20
            let api = try invocation.person()
            let conversation = try ConversationName.resolve(arguments.operands[0], api)
            guard let id = conversation["id"]?.string?.lowercased(), UniqueID(id) != nil else {
                throw CommandFailure(.fault, "the hub's answer could not be understood")
            }
            let me = try api.call(.get, "/api/v1/auth/me")
            let isTerminal =
                Terminal.isTerminal(STDIN_FILENO) && Terminal.isTerminal(STDOUT_FILENO)
                && invocation.environment["TERM"] != "dumb"
            let form: ChatScreen.Form = arguments.has("json") ? .json : isTerminal ? .terminal : .lines
            let ownId = try api.ownId()
            let text = ChatText(
                isColoured: Terminal.isColoured(STDOUT_FILENO, environment: invocation.environment), ownId: ownId,
                timeZone: .current, names: try ChatPeople.names(id, api))
            let screen = ChatScreen(form: form, conversation: id, text: text)
            let last = conversation["lastSeq"]?.integer ?? 0
            let history = try ChatHistory.load(id, before: last + 1, count: count, api)
            var settings = ChatRun.Settings(
                conversation: id, ownId: ownId, ownName: me["displayName"]?.string ?? me["username"]?.string ?? "",
                prompt: "\(PlainText.line(name(conversation, for: ownId)))> ")
            settings.last = max(last, history.last?.seq ?? 0)
            settings.newestChange = conversation["lastChange"]?.integer
            settings.follows = arguments.has("follow")
            settings.readsCommands = arguments.has("commands")
            settings.marksRead = form == .terminal || arguments.has("mark-read")
            settings.patience = try arguments.duration("patience") ?? settings.patience
            settings.length = try arguments.duration("for")
            screen.show(history)
            let run = ChatRun(
                settings: settings, screen: screen, endpoint: try HubEndpoint(target: api.target),
                on: try StreamCommand.loop())
            if let failure = await run.run() { throw failure }
            return .ok
        })

    /// What a conversation is called: its name, or the other one's.
    static func name(_ conversation: JSONValue, for ownId: String) -> String {
        if let name = conversation["name"]?.string, !name.isEmpty { return name }
        let others = (conversation["members"]?.array ?? []).filter { $0["userId"]?.string?.lowercased() != ownId }
            .compactMap { $0["displayName"]?.string }
        if !others.isEmpty { return others.joined(separator: ", ") }
        return conversation["groupId"]?.string ?? conversation["kind"]?.string ?? "chat"
    }
}
