/// `[accounts]`: who may have an account, and how long they stay signed in.
package struct AccountsConfiguration: Equatable, Sendable {
    /// Who may register.
    package enum Registration: String, CaseIterable, Hashable, Sendable {
        case open
        /// Whoever has an invitation into a group, which they join.
        case invitation
        case closed
    }

    package var registration = Registration.open
    package var accessTokenLife = Duration.seconds(15 * 60)
    /// Counted anew with every refresh.
    package var refreshTokenLife = Duration.seconds(30 * 86_400)
    package var signInsPerUser = 20
    /// Wrong passwords from one network before it has to wait.
    package var freeAttempts = 5

    /// Whether only those may sign in whose address is confirmed.
    package var requiresVerifiedEmail = false

    package init() {}
}
