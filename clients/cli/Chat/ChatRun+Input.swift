import EventLoop
import Glibc
import Model

/// What the person does: keys on a terminal, lines of a pipe, signals.
extension ChatRun {
    func take(_ keys: [Key]) {
        for key in keys {
            switch editor.take(key) {
            case .edited: break
            case .entered(let line): if !line.allSatisfy(\.isWhitespace) { run(ChatCommand(line)) }
            case .interrupted(let hadText): if !hadText { return interrupt() }
            case .ended: end()
            case .unused(.control("z")): suspend()
            case .unused: break
            }
        }
        let hasText = !editor.isEmpty && editor.characters.first != "/"
        if session.isLive, let notice = typing.wrote(hasText: hasText, at: loop.now.milliseconds) {
            perform(.send(.typing(conversation: session.conversation, isTyping: notice)))
        }
        redraw()
    }

    func take(line: String?) {
        guard let line else {
            if !settings.follows { end() }
            return
        }
        let before = unsettled
        if !line.allSatisfy(\.isWhitespace) { run(settings.readsCommands ? ChatCommand(line) : .say(line)) }
        if unsettled == before { input?.settled() }
    }

    /// Sends a message, now or when there is a connection.
    func say(_ text: String, replyTo: Int64? = nil) {
        typing.sent()
        let before = session.outbox.count
        let id = UniqueID.version7(at: WallClock.now).description
        perform(session.write(Outbox.Letter(clientId: id, text: text, replyTo: replyTo)))
        unsettled += session.outbox.count - before
    }

    /// Ends as soon as everything is stored.
    func end() {
        isEnding = true
        if !session.outbox.isEmpty, screen.form == .terminal {
            screen.note("waiting until everything is sent; Ctrl-C gives it up")
        }
        endIfDone()
    }

    func endIfDone() {
        while unsettled > session.outbox.count {
            unsettled -= 1
            input?.settled()
        }
        if isEnding, session.outbox.isEmpty { finish(nil) }
    }

    func interrupt() {
        let left = session.outbox.count
        finish(left == 0 ? nil : CommandFailure(.tryLater, "\(left) messages were not sent"))
    }

    private func suspend() {
        screen.leave()
        terminal?.leave()
        raise(SIGTSTP)
        goOn()
    }

    func goOn() {
        terminal?.enter()
        screen.flush()
    }
}
