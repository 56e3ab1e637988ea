package import Model

/// Who is behind a request (rule 5 of the contract).
package enum Principal: Hashable, Sendable {
    /// The app's own backend or device fleet, or an administrator.
    case apiKey(APIKey)
    /// Nobody known: no credentials came with the request.
    case anonymous
}
