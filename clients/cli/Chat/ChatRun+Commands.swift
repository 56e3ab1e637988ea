import EventLoop
import Model
import Wire

extension ChatRun {
    /// Does what was written: sends it, or does what it says.
    func run(_ command: ChatCommand) {
        switch command {
        case .say(let text): say(text)
        case .reply(let seq, let text): say(text, replyTo: seq)
        case .edit(let seq, let text): change(.patch, "/messages/\(seq)", [("text", .string(text))])
        case .delete(let seq): change(.delete, "/messages/\(seq)")
        case .react(let seq, let emoji, let added):
            change(added ? .put : .delete, "/messages/\(seq)/reactions/\(PersonAPI.escaped(emoji))")
        case .mute(let seconds):
            let until = seconds.map { WallClock.now.advanced(by: .seconds($0)) } ?? ChatRun.forever
            change(.post, "/mute", [("until", .string(until.rfc3339))], done: "muted")
        case .unmute: change(.post, "/mute", [("until", .null)], done: "no longer muted")
        case .presence(let status, let note): setPresence(status, note)
        case .who: who()
        case .history(let count): showHistory(count)
        case .search(let text): search(text)
        case .leave: leave()
        case .help: for (name, help) in ChatCommand.guide { screen.note("\(name)  \(help)") }
        case .quit: end()
        case .mistake(let reason): screen.note(PlainText.line(reason))
        }
        redraw()
    }

    /// The last moment of the year 9999: what a hub may be told for "until told otherwise".
    private static let forever = Timestamp(milliseconds: 253_402_300_799_000)

    /// Asks the hub by a thread of the pool, and goes on on the loop.
    func ask<Value: Sendable>(
        _ work: @escaping @Sendable (PersonAPI) throws(CommandFailure) -> Value,
        then: @escaping @Sendable (ChatRun, Result<Value, CommandFailure>) -> Void
    ) {
        asking += 1
        Task { [self, loop, api] in
            let result = await loop.offload { () -> Result<Value, CommandFailure> in
                Result { () throws(CommandFailure) in try work(api) }
            }
            loop.execute {
                self.asking -= 1
                then(self, result)
            }
        }
    }

    private var path: String { "/api/v1/conversations/\(settings.conversation)" }

    /// Does something with the conversation; what came of it arrives by the stream, a refusal is told.
    private func change(
        _ method: RESTRequest.Method, _ rest: String, _ body: [(String, JSONText)]? = nil, done: String? = nil
    ) {
        let (path, json) = (path + rest, body.map(JSONText.object))
        ask(
            { (api) throws(CommandFailure) in _ = try api.bytes(method, path, json) },
            then: { run, result in
                switch result {
                case .success: if let done { run.screen.note(done) }
                case .failure(let failure): run.screen.note(failure.message)
                }
                run.redraw()
            })
    }

    private func setPresence(_ status: String, _ note: String?) {
        let body = JSONText.object([
            ("status", .string(status)), ("note", JSONText.optional(note.map(JSONText.string))),
        ])
        ask(
            { (api) throws(CommandFailure) in _ = try api.bytes(.put, "/api/v1/presence", body) },
            then: { run, result in
                switch result {
                case .success: run.screen.note("you are \(status)")
                case .failure(let failure): run.screen.note(failure.message)
                }
                run.redraw()
            })
    }

    private func who() {
        let conversation = settings.conversation
        ask(
            { (api) throws(CommandFailure) in try ChatPeople.load(conversation, api) },
            then: { run, result in
                switch result {
                case .success(let people):
                    run.screen.text.names = people.names
                    for line in people.lines(last: run.session.last) { run.screen.note(line) }
                case .failure(let failure): run.screen.note(failure.message)
                }
                run.redraw()
            })
    }

    /// Who is in it may have changed.
    func reload() {
        let conversation = settings.conversation
        ask(
            { (api) throws(CommandFailure) in try ChatPeople.names(conversation, api) },
            then: { run, result in
                if case .success(let names) = result { run.screen.text.names = names }
            })
    }

    private func showHistory(_ count: Int) {
        guard let oldest = screen.oldest, oldest > 1 else { return screen.note("there is nothing before") }
        let conversation = settings.conversation
        ask(
            { (api) throws(CommandFailure) in
                try ChatHistory.load(conversation, before: oldest, count: count, api)
            },
            then: { run, result in
                switch result {
                case .success(let messages):
                    if messages.isEmpty { run.screen.note("there is nothing before") }
                    run.screen.show(messages)
                case .failure(let failure): run.screen.note(failure.message)
                }
                run.redraw()
            })
    }

    /// What changed while there was no connection, however much.
    func fetchChanges(_ since: Int64) {
        let conversation = settings.conversation
        ask(
            { (api) throws(CommandFailure) in try ChatHistory.changes(conversation, since: since, api) },
            then: { run, result in
                // A failure is made good by the next connection, which asks from the same change.
                if case .success(let messages) = result { run.take(changes: messages) }
            })
    }

    private func search(_ text: String) {
        let path = "/api/v1/conversations/search?limit=20&q=\(PersonAPI.escaped(text))"
        ask(
            { (api) throws(CommandFailure) in try api.call(.get, path) },
            then: { run, result in
                switch result {
                case .success(let answer):
                    let found = (answer["messages"]?.array ?? answer["results"]?.array ?? []).compactMap {
                        value in PostedMessage(value).map { (value["conversation"]?.string ?? "", $0) }
                    }
                    for (conversation, message) in found {
                        let isHere = conversation == run.settings.conversation
                        let place = isHere ? "#\(message.seq)" : "in \(PlainText.line(conversation)) #\(message.seq)"
                        let sender = PlainText.line(message.fromName)
                        run.screen.note("\(place) \(sender): \(ChatText.excerpt(message.text ?? ""))")
                    }
                    if found.isEmpty { run.screen.note("nothing was found") }
                case .failure(let failure): run.screen.note(failure.message)
                }
                run.redraw()
            })
    }

    private func leave() {
        let path = path + "/leave"
        ask(
            { (api) throws(CommandFailure) in _ = try api.bytes(.post, path) },
            then: { run, result in
                switch result {
                case .success: run.finish(nil)
                case .failure(let failure): run.screen.note(failure.message)
                }
                run.redraw()
            })
    }
}
