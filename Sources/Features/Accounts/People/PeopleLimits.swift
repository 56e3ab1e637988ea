/// How many groups, people and invitations there may be of anything. Each bound is decided in Postgres.
struct PeopleLimits: Hashable, Sendable {
    /// People in a group. 100.
    var members = 100
    /// Groups somebody may be in. 100.
    var memberships = 100
    /// Invitations of a group that are open at the same time. 100.
    var invitations = 100
    /// People somebody may block. 1000.
    var blocks = 1000
    /// Characters of a group's name.
    var groupName = 1...100
    /// How often one invitation may be used.
    var uses = 1...100
    /// Seconds that an invitation may last.
    var lifetimes = 60...(30 * 86_400)
    /// Seconds that it lasts if nobody says so.
    var lifetime = 7 * 86_400
}
