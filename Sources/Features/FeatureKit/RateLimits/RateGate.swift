package import EventLoop
package import HTTP

/// Counts requests against the policies that apply to them (rule 10 of the contract). Called on the connection's loop.
package protocol RateGate: AnyObject, Sendable {
    /// Counts a request by where it comes from, before anybody knows whose it is.
    ///
    /// - Parameter standings: Gets how the caller stands, which the answer tells; a refusal among it ends the request.
    func count(_ origin: ClientOrigin, at now: LoopInstant, in standings: inout RateStandings)

    /// Counts a request whose caller is known.
    ///
    /// - Parameter policies: The names a route declares, in place of the general policy of such a caller; empty for that.
    func count(_ caller: RateCaller, policies: [String], at now: LoopInstant, in standings: inout RateStandings)
}
