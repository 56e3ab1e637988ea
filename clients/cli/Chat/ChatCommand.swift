/// A line that somebody wrote while chatting: a message, or a command to hubctl.
enum ChatCommand: Hashable, Sendable {
    case say(String)
    case who
    case reply(Int64, String)
    case edit(Int64, String)
    case delete(Int64)
    case react(Int64, String, added: Bool)
    /// Nothing: until told otherwise.
    case mute(seconds: Double?)
    case unmute
    case presence(status: String, note: String?)
    case history(Int)
    case search(String)
    case leave
    case help
    case quit
    /// It is no command; why, in one line.
    case mistake(String)

    /// What `/help` shows.
    static let guide = [
        ("/who", "who is in the conversation, how they are, and what they have read"),
        ("/reply N TEXT", "answer message N"), ("/edit N TEXT", "change your message N"),
        ("/delete N", "delete your message N"), ("/react N EMOJI", "react to message N; /unreact takes it back"),
        ("/away [NOTE]", "be away; also /online, /busy and /invisible"),
        ("/history [N]", "show the N messages before the oldest shown; 20 if not given"),
        ("/search TEXT", "find text in your conversations"),
        ("/mute [TIME]", "no notifications, for 1h or until /unmute"), ("/leave", "leave the conversation for good"),
        ("/quit", "end hubctl; so does Ctrl-D"),
        ("//TEXT", "a message that begins with a slash"),
    ]

    /// Short names of reactions.
    static let emoji = [
        "+1": "👍", "thumbsup": "👍", "-1": "👎", "heart": "❤️", "smile": "😄", "laugh": "😂", "joy": "😂", "wow": "😮",
        "sad": "😢", "cry": "😢", "party": "🎉", "tada": "🎉", "fire": "🔥", "eyes": "👀", "ok": "👌", "pray": "🙏",
        "clap": "👏", "check": "✅",
    ]

    init(_ line: String) {
        guard line.hasPrefix("/") else {
            self = .say(line)
            return
        }
        if line.hasPrefix("//") {
            self = .say(String(line.dropFirst()))
            return
        }
        let parts = line.dropFirst().split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map { String($0) } ?? ""
        let rest = parts.count > 1 ? ChatCommand.trimmed(parts[1]) : ""
        self = ChatCommand.command(name, rest)
    }

    private static func command(_ name: String, _ rest: String) -> ChatCommand {
        switch name {
        case "who": return .who
        case "reply": return numbered(name, rest) { .reply($0, $1) }
        case "edit": return numbered(name, rest) { .edit($0, $1) }
        case "delete":
            return number(rest).map { .delete($0) } ?? .mistake("/delete N: the number of a message is missing")
        case "react", "unreact":
            return numbered(name, rest) { seq, text in .react(seq, symbol(text), added: name == "react") }
        case "mute": return mute(rest)
        case "unmute": return .unmute
        case "online", "away", "busy", "invisible":
            return .presence(status: name, note: rest.isEmpty ? nil : rest)
        case "history":
            if rest.isEmpty { return .history(20) }
            guard let count = Int(rest), (1...200).contains(count) else {
                return .mistake("/history N: N is 1 to 200")
            }
            return .history(count)
        case "search": return rest.isEmpty ? .mistake("/search TEXT: the text is missing") : .search(rest)
        case "leave": return .leave
        case "help", "?": return .help
        case "quit", "exit", "q": return .quit
        default: return .mistake("there is no command /\(name); /help lists them")
        }
    }

    /// A number with or without its `#`.
    private static func number(_ text: some StringProtocol) -> Int64? {
        let digits = text.hasPrefix("#") ? String(text.dropFirst()) : String(text)
        return Int64(digits).flatMap { $0 > 0 ? $0 : nil }
    }

    private static func numbered(
        _ name: String, _ rest: String, _ command: (Int64, String) -> ChatCommand
    ) -> ChatCommand {
        let parts = rest.split(separator: " ", maxSplits: 1)
        guard let first = parts.first, let seq = number(first) else {
            return .mistake("/\(name) N …: the number of a message is missing; it stands before each")
        }
        guard parts.count == 2, case let text = trimmed(parts[1]), !text.isEmpty else {
            return .mistake("/\(name) \(seq) …: something is missing")
        }
        return command(seq, text)
    }

    private static func symbol(_ text: String) -> String {
        let name =
            text.hasPrefix(":") && text.hasSuffix(":") && text.count > 2 ? String(text.dropFirst().dropLast()) : text
        return emoji[name] ?? text
    }

    private static func mute(_ rest: String) -> ChatCommand {
        if rest.isEmpty { return .mute(seconds: nil) }
        let units: [(Character, Double)] = [("m", 60), ("h", 3600), ("d", 86_400)]
        guard let unit = units.first(where: { $0.0 == rest.last }), let value = Double(rest.dropLast()), value > 0,
            value * unit.1 <= 31_536_000
        else { return .mistake("/mute TIME: a time such as 30m, 8h or 7d") }
        return .mute(seconds: value * unit.1)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var rest = text[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
