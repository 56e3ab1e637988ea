internal import FeatureKit

/// How somebody wants to be told of what they missed.
struct NotificationPreferences: Hashable, Sendable {
    /// Which messages they are told of.
    enum Messages: String, CaseIterable, Sendable {
        case all
        /// Those in conversations of two, and those that name them.
        case direct
        case none
    }

    /// Names of channels that are on.
    var channels: Set<String> = [EmailChannel.name]
    var messages = Messages.all
    /// Whether they are told of invitations into groups that were sent to them.
    var invitations = true
    var quietHours: QuietHours?

    /// Whether they want to be told of such a notice.
    func wants(_ kind: Notice.Kind) -> Bool {
        switch (kind, messages) {
        case (.invitation, _): invitations
        case (_, .all): true
        case (.directMessage, .direct), (.mention, .direct): true
        case (.groupMessage, .direct), (_, .none): false
        }
    }
}
