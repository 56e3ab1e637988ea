internal import FeatureKit
internal import Model

/// Has the area that notifies people tell them of messages they missed.
struct MissedMessageNotices: MissedMessageSink {
    let notifications: Notifications

    func keep(_ messages: [MissedMessage]) async throws {
        try await notifications.enqueue(
            messages.map { message in
                Notice(
                    to: message.recipient, message.kind == .direct ? .directMessage : .groupMessage,
                    conversation: message.conversation, seq: message.sequence, from: message.sender)
            })
    }
}
