package import Model

/// Who is behind a request (rule 5 of the contract).
package enum Principal: Hashable, Sendable {
    /// The app's own backend or device fleet, or an administrator.
    case apiKey(APIKey)
    /// The holder of a ticket, who may open one stream with it: what the key could that asked for the ticket.
    case ticket(APIKey, device: DeviceID?)
    /// Nobody known: no credentials came with the request.
    case anonymous
}

extension Principal {
    /// What no other principal is called; nothing for nobody known.
    package var name: String? {
        switch self {
        case .apiKey(let key), .ticket(let key, _): "key:\(key.id)"
        case .anonymous: nil
        }
    }
}
