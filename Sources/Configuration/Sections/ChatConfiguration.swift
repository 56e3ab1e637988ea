/// `[chat]`: conversations.
package struct ChatConfiguration: Equatable, Sendable {
    /// Messages of one user in a second, through all their connections; 0 for any number.
    package var messagesPerSecond = 20

    package init() {}
}
