/// What a mail is for. Its name is in jobs, in names of templates and in labels of metrics.
enum MailPurpose: String, CaseIterable, Sendable {
    /// A token by which its owner sets another password.
    case resetPassword = "reset_password"
    /// A token by which its owner shows that the address is theirs.
    case verifyEmail = "verify_email"
    /// Says that the password was changed.
    case passwordChanged = "password_changed"
    /// Says that a provider's account was joined.
    case providerLinked = "provider_linked"
    /// Says that a provider's account was parted.
    case providerUnlinked = "provider_unlinked"
    /// Says that the second factor was turned off.
    case secondFactorRemoved = "second_factor_removed"
    /// Says what was missed.
    case notices

    /// How long the token works; nothing for a mail without one.
    var tokenLife: Duration? {
        switch self {
        case .resetPassword: .seconds(3600)
        case .verifyEmail: .seconds(86_400)
        case .passwordChanged, .providerLinked, .providerUnlinked, .secondFactorRemoved, .notices: nil
        }
    }

    /// How long after it was asked for it is still sent: somebody who waited longer has asked again or given up.
    var patience: Duration {
        switch self {
        case .resetPassword: .seconds(3600)
        case .verifyEmail, .passwordChanged, .providerLinked, .providerUnlinked, .secondFactorRemoved, .notices:
            .seconds(86_400)
        }
    }

    /// What its templates may hold, in `{{` and `}}`.
    var places: Set<String> {
        switch self {
        case .resetPassword, .verifyEmail: ["greeting", "service", "link", "token", "validity"]
        case .passwordChanged, .providerLinked, .providerUnlinked, .secondFactorRemoved:
            ["greeting", "service", "link", "time"]
        case .notices: ["greeting", "service", "link", "summary"]
        }
    }
}
