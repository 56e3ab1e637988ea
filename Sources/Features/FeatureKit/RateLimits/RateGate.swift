package import HTTP

/// Counts requests against the policies a route names (rule 10 of the contract). Called on the connection's loop.
package protocol RateGate: AnyObject, Sendable {
    /// Counts a request of `principal` from `address`.
    ///
    /// - Parameter policies: The names a route declares; empty for the general one.
    /// - Returns: The refusal, with ``Problem/retryAfter``, or nothing to let it pass.
    func refuse(_ request: HTTPRequest, of principal: Principal, policies: [String]) -> Problem?
}
