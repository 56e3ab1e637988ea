package import Model

/// Who is behind a request (rule 5 of the contract).
package enum Principal: Hashable, Sendable {
    /// The app's own backend or device fleet, or an administrator.
    case apiKey(APIKey)
    /// Somebody who has signed in.
    case user(SignedInUser)
    /// The holder of a ticket, who may open one stream with it: what they could who asked for the ticket.
    case ticket(TicketHolder, device: DeviceID?)
    /// Nobody known: no credentials came with the request.
    case anonymous
}

/// A user as their access token shows them.
package struct SignedInUser: Hashable, Sendable {
    package let id: UserID
    package let signIn: SignInID

    package init(id: UserID, signIn: SignInID) {
        self.id = id
        self.signIn = signIn
    }
}

/// Who asked for a ticket.
package enum TicketHolder: Hashable, Sendable {
    case apiKey(APIKey)
    case user(SignedInUser)
}

extension Principal {
    /// What no other principal is called; nothing for nobody known.
    package var name: String? {
        if let user { return "user:\(user.id)" }
        return key.map { "key:\($0.id)" }
    }

    /// The key that came with the request, or that its ticket was asked for with.
    package var key: APIKey? {
        switch self {
        case .apiKey(let key), .ticket(.apiKey(let key), _): key
        case .user, .ticket(.user, _), .anonymous: nil
        }
    }

    /// Who has signed in, or asked for the ticket.
    package var user: SignedInUser? {
        switch self {
        case .user(let user), .ticket(.user(let user), _): user
        case .apiKey, .ticket(.apiKey, _), .anonymous: nil
        }
    }

    /// What a session ends with that this principal opens.
    package var credential: Credential? {
        if let user { return .user(user.id, user.signIn) }
        return key.map { .key($0.id) }
    }
}
