/// `[presence]`: when somebody counts as gone.
package struct PresenceConfiguration: Equatable, Sendable {
    package var grace = Duration.seconds(10)
    package var heartbeat = Duration.seconds(25)

    package init() {}
}
