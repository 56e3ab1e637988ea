import Foundation
import Model

/// A conversation as lines of text. Everything people wrote goes through ``PlainText``: no control character, escape
/// sequence or change of direction reaches the terminal.
struct ChatText: Sendable {
    let isColoured: Bool
    let ownId: String
    /// Minutes east of Greenwich, for times of day.
    let timeZone: TimeZone
    /// The people of the conversation by id.
    var names: [String: String] = [:]

    func name(_ userId: String) -> String { names[userId].map(PlainText.line) ?? "somebody" }

    /// The message's lines; the first begins with time, number and name.
    func lines(_ message: PostedMessage, answering: PostedMessage?) -> [String] {
        let sender =
            message.fromId == nil
            ? "" : PlainText.line(message.fromName.isEmpty ? name(message.fromId ?? "") : message.fromName)
        let head = dim("\(time(message.sentAt)) #\(message.seq)") + " "
        let style: Style = message.fromId == ownId ? .green : .bold
        let who = sender.isEmpty ? "" : style.applied(to: sender, isColoured: isColoured) + ": "
        var lines: [String] = []
        if let replyTo = message.replyTo {
            let quoted = answering.map { "\(PlainText.line($0.fromName)): \(ChatText.excerpt($0.text ?? ""))" } ?? ""
            lines.append(dim("      ↳ #\(replyTo) \(quoted)"))
        }
        let indent = String(repeating: " ", count: 6)
        let body =
            message.isDeleted || message.text == nil && message.attachment == nil
            ? [dim("(deleted)")] : ChatText.split(message.text ?? "")
        for (index, line) in body.enumerated() { lines.append(index == 0 ? head + who + line : indent + line) }
        if let attachment = message.attachment { lines.append(indent + dim("⚑ \(PlainText.line(attachment))")) }
        if message.editedAt != nil, !message.isDeleted { lines[lines.count - 1] += dim(" (edited)") }
        if !message.reactions.isEmpty { lines.append(indent + reactions(message.reactions)) }
        return lines
    }

    func edited(_ message: PostedMessage) -> [String] {
        let body = ChatText.split(message.text ?? "")
        let sender = PlainText.line(message.fromName.isEmpty ? name(message.fromId ?? "") : message.fromName)
        return body.enumerated().map { index, line in
            index == 0 ? dim("      ✎ #\(message.seq) ") + "\(sender): \(line)" : "      \(line)"
        }
    }

    func deleted(_ seq: Int64) -> String { dim("      ✗ #\(seq) was deleted") }

    func reaction(_ seq: Int64, _ emoji: String, _ userId: String, added: Bool) -> String {
        let who = userId == ownId ? "you" : name(userId)
        return dim("      \(who) \(added ? "reacted" : "took back") \(PlainText.line(emoji)) on #\(seq)")
    }

    func reactions(_ reactions: [PostedMessage.Reaction]) -> String {
        dim(reactions.map { "\(PlainText.line($0.emoji)) \($0.count)" }.joined(separator: "  "))
    }

    func presence(_ userId: String, _ status: String, _ note: String?) -> String {
        let words = note.map { " (\(PlainText.line($0)))" } ?? ""
        return dim("      \(name(userId)) is \(PlainText.line(status))\(words)")
    }

    func note(_ text: String) -> String { dim("      \(text)") }

    func refused(_ letter: Outbox.Letter, _ reason: String) -> String {
        let text = "not sent: \(PlainText.line(reason)): \(ChatText.excerpt(letter.text))"
        return Style.red.applied(to: "      \(text)", isColoured: isColoured)
    }

    /// Who is typing, what is on its way, and whether there is a connection: the status line.
    func status(typing: [String], waiting: Int, trouble: String?) -> String {
        var parts: [String] = []
        if let trouble { parts.append("\(PlainText.line(trouble)); connecting again") }
        if waiting > 0 { parts.append("\(waiting) not sent yet") }
        switch typing.count {
        case 0: break
        case 1: parts.append("\(name(typing[0])) is typing …")
        case 2: parts.append("\(name(typing[0])) and \(name(typing[1])) are typing …")
        default: parts.append("\(typing.count) people are typing …")
        }
        return parts.joined(separator: " · ")
    }

    private func dim(_ text: String) -> String { Style.dim.applied(to: text, isColoured: isColoured) }

    /// `14:05`, or with the date if it is not from today's.
    private func time(_ text: String) -> String {
        guard let moment = TimeText.timestamp(text) else { return "--:--" }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let date = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000)
        let parts = calendar.dateComponents([.month, .day, .hour, .minute], from: date)
        func two(_ value: Int?) -> String { (value ?? 0) < 10 ? "0\(value ?? 0)" : "\(value ?? 0)" }
        let clock = "\(two(parts.hour)):\(two(parts.minute))"
        let today = calendar.isDate(
            date, inSameDayAs: Date(timeIntervalSince1970: Double(WallClock.now.milliseconds) / 1000))
        return today ? clock : "\(two(parts.month))-\(two(parts.day)) \(clock)"
    }

    /// The lines of a text, each harmless; never none.
    static func split(_ text: String) -> [String] {
        var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map { PlainText.line(String($0)) }
        while lines.count > 1, lines.last?.isEmpty == true { lines.removeLast() }
        return lines.isEmpty ? [""] : lines
    }

    /// The beginning of a text on one line.
    static func excerpt(_ text: String) -> String {
        let line = PlainText.line(text.replacing("\n", with: " "))
        return line.count > 40 ? String(line.prefix(39)) + "…" : line
    }
}
