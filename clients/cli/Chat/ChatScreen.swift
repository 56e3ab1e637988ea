import Foundation
import Glibc

/// What a chat prints: on a terminal above the line that is being written, else line after line, or as JSON.
///
/// Confined to the loop of its ``ChatRun``.
final class ChatScreen {
    enum Form: Hashable, Sendable {
        /// On a terminal, with a line to write in.
        case terminal
        /// A line for each message and change.
        case lines
        /// A JSON object a line for everything that happens.
        case json
    }

    let form: Form
    let conversation: String
    var text: ChatText
    private(set) var shown = ShownMessages()
    /// The oldest number shown, for what lies before it.
    private(set) var oldest: Int64?
    private var area = InputArea()
    private var content = InputArea.Content()
    private var waiting: [String] = []
    private let out: (String) -> Void

    /// - Parameter out: Takes what is printed, ends of lines included.
    init(form: Form, conversation: String, text: ChatText, out: @escaping (String) -> Void = { Output.text($0) }) {
        self.form = form
        self.out = out
        self.conversation = conversation
        self.text = text
    }

    /// What is above the line that is written, and that line; drawn by the next ``flush()``.
    func write(status: String, prompt: String, editor: LineEditor) {
        content = InputArea.Content(
            status: status, prompt: prompt, characters: editor.characters, cursor: editor.cursor)
    }

    /// Prints what waits and draws the line that is written.
    func flush() {
        guard form == .terminal else { return }
        let columns = Terminal.size(STDOUT_FILENO).columns
        out(area.print(waiting, content: content, columns: columns, isColoured: text.isColoured))
        waiting = []
    }

    /// Prints what waits and takes the line that is written away.
    func leave() {
        guard form == .terminal else { return }
        let gone = area.erase(columns: Terminal.size(STDOUT_FILENO).columns)
        out(gone + waiting.map { $0 + "\r\n" }.joined())
        waiting = []
    }

    private func line(_ text: String) { lines([text]) }

    private func lines(_ lines: [String]) {
        switch form {
        case .terminal: waiting += lines
        case .lines: for line in lines { out(line + "\n") }
        case .json: break
        }
    }

    private func event(_ type: String, _ members: [(String, JSONText)]) {
        guard form == .json else { return }
        let head: [(String, JSONText)] = [("type", .string(type)), ("conversation", .string(conversation))]
        out(JSONText.object(head + members).text + "\n")
    }

    // MARK: What happens

    /// Something for the person alone, such as an answer to a command. Beside the result where there is no terminal.
    func note(_ text: String) {
        switch form {
        case .terminal: waiting.append(self.text.note(text))
        case .lines, .json: Output.note(text)
        }
    }

    func show(_ messages: [PostedMessage]) {
        for message in messages {
            let answered = message.replyTo.flatMap { shown[$0] }
            shown.add(message)
            oldest = min(oldest ?? message.seq, message.seq)
            lines(text.lines(message, answering: answered))
            event("message", message.json)
        }
    }

    func showChanged(_ message: PostedMessage) {
        let differences = shown.update(message)
        for difference in differences {
            switch difference {
            case .text(let message): lines(text.edited(message))
            case .reactions(let reactions):
                if !reactions.isEmpty { line(text.note("#\(message.seq) ") + text.reactions(reactions)) }
            case .deleted: line(text.deleted(message.seq))
            }
        }
        if !differences.isEmpty { event("edited", message.json) }
    }

    func showDeleted(_ seq: Int64) {
        guard shown.delete(seq) else { return }
        line(text.deleted(seq))
        event("deleted", [("seq", .integer(Int(seq)))])
    }

    func showReaction(_ seq: Int64, _ emoji: String, _ userId: String, added: Bool) {
        shown.react(seq, emoji, added: added)
        line(text.reaction(seq, emoji, userId, added: added))
        event(
            "reaction",
            [
                ("seq", .integer(Int(seq))), ("emoji", .string(emoji)), ("userId", .string(userId)),
                ("added", .bool(added)),
            ])
    }

    func showRefused(_ letter: Outbox.Letter, _ reason: String) {
        switch form {
        case .terminal: waiting.append(text.refused(letter, reason))
        case .lines, .json: Output.note("hubctl: " + text.refused(letter, reason))
        }
        event("refused", [("clientId", .string(letter.clientId)), ("message", .string(reason))])
    }

    /// A read mark has no line: `/who` tells.
    func showRead(_ userId: String, _ seq: Int64) {
        event("read", [("userId", .string(userId)), ("seq", .integer(Int(seq)))])
    }

    func showTyping(_ userId: String, _ isTyping: Bool) {
        event("typing", [("userId", .string(userId)), ("typing", .bool(isTyping))])
    }

    func showPresence(_ userId: String, _ status: String, _ note: String?) {
        guard text.names[userId] != nil else { return }
        line(text.presence(userId, status, note))
        event(
            "userPresence",
            [
                ("userId", .string(userId)), ("status", .string(status)),
                ("note", JSONText.optional(note.map(JSONText.string))),
            ])
    }

    /// The connection was opened or lost; on a terminal the status line tells.
    func showLink(_ trouble: String?) {
        if form == .lines, let trouble { Output.note("hubctl: \(trouble); connecting again") }
        event(
            "link",
            [
                ("connected", .bool(trouble == nil)),
                ("reason", JSONText.optional(trouble.map(JSONText.string))),
            ])
    }
}
