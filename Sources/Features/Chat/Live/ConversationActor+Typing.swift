internal import Model
internal import Wire

/// Somebody who is writing, as the others were told.
struct Typing {
    /// When it is over unless they say so again.
    var until: LiveInstant
    /// When the others were last told.
    var toldAt: LiveInstant
}

// Typing is never stored. The others hear when it begins, every two seconds while it goes on, and when it ends: by the
// writer's word, five seconds after the last one, or without a word by the message itself.
extension ConversationActor {
    /// - Parameter reply: Told of a refusal; of nothing else, as the protocol has no answer to `typing`.
    func type(_ isTyping: Bool, by user: UserID, from session: SessionID?, reply: @escaping CallReply) {
        lastUsed = services.now
        withMembers { conversation, refusal in
            if let refusal { return reply(refusal) }
            guard conversation.isMember(user) else { return reply(.notFound) }
            reply(nil)
            conversation.note(isTyping, by: user, from: session)
        }
    }

    private func note(_ isTyping: Bool, by user: UserID, from session: SessionID?) {
        let now = services.now
        guard isTyping else {
            guard typing.removeValue(forKey: user) != nil else { return }
            return tellTyping(false, by: user, except: session)
        }
        // Who looks as if they were away writes nothing either.
        guard services.outlet?.isInvisible(user) != true else { return }
        let until = LiveInstant(milliseconds: now.milliseconds + services.limits.typingLapse.wholeMilliseconds)
        if let known = typing[user],
            now.milliseconds - known.toldAt.milliseconds < services.limits.typingPace.wholeMilliseconds
        {
            typing[user]?.until = until
            return
        }
        typing[user] = Typing(until: until, toldAt: now)
        tellTyping(true, by: user, except: session)
        armTyping()
    }

    /// To the others only, and to nobody between whom there is a block.
    private func tellTyping(_ isTyping: Bool, by user: UserID, except session: SessionID?) {
        let others = state.members.map(\.user).filter { other in
            other != user
                && !(state.kind == .direct
                    && (state.blocks.contains(Block(blocker: other, blocked: user))
                        || state.blocks.contains(Block(blocker: user, blocked: other))))
        }
        services.outlet?.tell(.typing(id, user, isTyping: isTyping), to: others, except: session)
    }

    private func armTyping() {
        guard typingTimer == nil, let next = typing.values.map(\.until).min() else { return }
        let delay = max(0, next.milliseconds - services.now.milliseconds)
        typingTimer = services.scheduler.schedule(after: .milliseconds(delay)) { [weak self] in
            self?.assumeIsolated { $0.lapse() }
        }
    }

    private func lapse() {
        typingTimer = nil
        let now = services.now
        for (user, state) in typing where state.until <= now {
            typing[user] = nil
            tellTyping(false, by: user, except: nil)
        }
        armTyping()
    }
}
