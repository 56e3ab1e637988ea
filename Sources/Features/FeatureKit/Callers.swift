internal import Model

/// Who may call a route (rule 5 of the contract).
package struct Callers: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The holder of any API key, an admin's included.
    package static let apiKey = Callers(rawValue: 1)
    /// The holder of an admin API key.
    package static let admin = Callers(rawValue: 2)
    /// A user with an access token.
    package static let user = Callers(rawValue: 4)
    /// The holder of a ticket for the stream.
    package static let ticket = Callers(rawValue: 16)
    /// Everybody. Credentials are not looked at, unless others may call as well: then who brings some must bring right ones.
    package static let anyone = Callers(rawValue: 8)

    package func admit(_ principal: Principal) -> Bool {
        switch principal {
        case .apiKey(let key): contains(.apiKey) || contains(.admin) && key.isAdmin
        case .user: contains(.user)
        case .ticket: contains(.ticket)
        case .anonymous: contains(.anyone)
        }
    }

    /// How each of them would show who they are, for `WWW-Authenticate`.
    var challenges: [String] {
        var challenges: [String] = []
        if !isDisjoint(with: [.apiKey, .admin]) { challenges.append(#"ApiKey realm="presence-hub""#) }
        if contains(.user) { challenges.append(#"Bearer realm="presence-hub""#) }
        return challenges
    }
}
