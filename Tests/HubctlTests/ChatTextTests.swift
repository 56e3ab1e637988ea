import Foundation
import Testing

@testable import hubctl

@Suite struct `What somebody wrote` {
    private var text: ChatText {
        var text = ChatText(isColoured: false, ownId: "a", timeZone: .gmt)
        text.names = ["b": "Bo\u{1b}[31m"]
        return text
    }

    private static let hostile = [
        "\u{1b}[2J", "\u{9b}31m", "\u{7}", "\u{202e}evil", "\u{2066}x", "a\u{8}b", "\u{1b}]0;title\u{7}", "x\u{0}y",
        "\u{200f}z",
        "line\r\nnext\u{2028}last", "\u{85}x", "\u{feff}y",
    ]

    @Test(arguments: hostile)
    func `is shown as text, whatever it holds`(content: String) {
        var message = PostedMessage(
            seq: 1, fromId: "b", fromName: content, text: content, sentAt: "2026-11-25T10:00:00Z")
        message.attachment = content
        message.reactions = [.init(emoji: content, count: 1)]
        message.replyTo = 1
        var lines = text.lines(message, answering: message) + text.edited(message)
        lines.append(text.presence("b", content, content))
        lines.append(text.reaction(1, content, "b", added: true))
        lines.append(text.refused(.init(clientId: "", text: content), content))
        lines.append(text.status(typing: ["b"], waiting: 1, trouble: content))
        for line in lines {
            for scalar in line.unicodeScalars {
                let category = scalar.properties.generalCategory
                #expect(category != .control && category != .lineSeparator && category != .paragraphSeparator)
                #expect(category != .format || scalar.value == 0x200d)
            }
        }
    }

    @Test func `of several lines is several lines, the later ones moved in`() {
        let message = PostedMessage(seq: 12, fromId: "b", fromName: "Bo", text: "one\ntwo\r\n", sentAt: "")
        #expect(text.lines(message, answering: nil) == ["--:-- #12 Bo: one", "      two"])
    }

    @Test func `and deleted is gone`() {
        var message = PostedMessage(seq: 2, fromId: "b", fromName: "Bo", text: nil)
        message.isDeleted = true
        #expect(text.lines(message, answering: nil) == ["--:-- #2 Bo: (deleted)"])
    }

    @Test func `is changed on the screen once`() {
        var shown = ShownMessages()
        var message = PostedMessage(seq: 1, fromId: "b", fromName: "Bo", text: "old")
        shown.add(message)
        message.text = "new"
        message.editedAt = "2026-11-25T10:00:00Z"
        expect(shown.update(message), is: [.text(message)])
        expect(shown.update(message).isEmpty, is: true)
        expect(shown.delete(1), is: true)
        expect(shown.delete(1), is: false)
    }

    @Test func `is kept only so long`() {
        var shown = ShownMessages()
        for seq in 1...Int64(3 * ShownMessages.most) {
            shown.add(PostedMessage(seq: seq, fromId: "b", fromName: "Bo", text: ""))
        }
        #expect(shown[1] == nil)
        #expect(shown[Int64(3 * ShownMessages.most)] != nil)
    }
}

@Suite struct `A line of a chat` {
    @Test(
        arguments: [
            ("hello", .say("hello")), ("//x", .say("/x")), ("/who", .who), ("/reply 3 yes sure", .reply(3, "yes sure")),
            ("/reply #3  yes", .reply(3, "yes")), ("/edit 4 new text", .edit(4, "new text")), ("/delete 5", .delete(5)),
            ("/react 6 :+1:", .react(6, "👍", added: true)), ("/unreact 6 👍", .react(6, "👍", added: false)),
            ("/mute 8h", .mute(seconds: 28_800)), ("/mute", .mute(seconds: nil)), ("/unmute", .unmute),
            ("/away in a meeting", .presence(status: "away", note: "in a meeting")), ("/history", .history(20)),
            ("/search one two", .search("one two")), ("/leave", .leave), ("/help", .help), ("/quit", .quit),
            (" /x", .say(" /x")),
        ] as [(String, ChatCommand)])
    func `is a message or a command`(line: String, command: ChatCommand) { #expect(ChatCommand(line) == command) }

    @Test(arguments: [
        "/", "/fly", "/reply", "/reply x y", "/reply 3", "/edit 0 x", "/delete", "/delete -1", "/mute ever",
        "/history 0", "/history 9999", "/search", "/react 3",
    ])
    func `that is no command is told, and sent to nobody`(line: String) {
        guard case .mistake = ChatCommand(line) else {
            Issue.record("\(ChatCommand(line))")
            return
        }
    }
}

@Suite struct `A typing notice` {
    @Test func `is said again before it lapses, and taken back`() {
        var notice = TypingNotice()
        expect(notice.wrote(hasText: true, at: 0), is: true)
        expect(notice.wrote(hasText: true, at: 2_999), is: nil)
        expect(notice.wrote(hasText: true, at: 3_000), is: true)
        expect(notice.wrote(hasText: false, at: 4_000), is: false)
        expect(notice.wrote(hasText: false, at: 4_001), is: nil)
        _ = notice.wrote(hasText: true, at: 5_000)
        notice.sent()
        expect(notice.wrote(hasText: false, at: 5_001), is: nil)
    }

    @Test func `of another lapses after five seconds`() {
        var notice = TypingNotice()
        notice.take("b", isTyping: true, at: 0)
        notice.take("c", isTyping: true, at: 1_000)
        expect(notice.typing(at: 4_999), is: ["b", "c"])
        expect(notice.typing(at: 5_000), is: ["c"])
        notice.take("c", isTyping: false, at: 5_001)
        expect(notice.typing(at: 5_002), is: [])
    }
}
