internal import HTTP
internal import Wire

/// What plain HTTP is answered (story 4.4, criteria 4 and 5).
package enum TransportPolicy: Hashable, Sendable {
    /// As everything else.
    case any
    /// Pages lead to HTTPS; whatever may carry credentials is refused, before these are looked at.
    case secureOnly

    /// The answer in place of the route's; nothing if it may be served.
    func answer(to request: HTTPRequest, from origin: ClientOrigin, id: String) -> HTTPResponse? {
        guard self == .secureOnly, !origin.isSecure else { return nil }
        let isReading = request.method == .get || request.method == .head
        guard isReading, !request.path.hasPrefix("/api/"), request.path != "/api",
            let authority = request.authority
        else {
            let problem = Problem(.forbidden, "This hub takes API calls over HTTPS only")
            return problem.response(requestID: id)
        }
        // The port is that of plain HTTP.
        let host = TransportPolicy.host(of: authority)
        return .redirect(to: "https://\(host)\(request.pathAndQuery)", status: .movedPermanently)
    }

    /// An authority without its port.
    private static func host(of authority: String) -> Substring {
        guard let colon = authority.utf8.lastIndex(of: UInt8(ascii: ":")),
            authority.utf8[colon...].dropFirst().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return authority[...] }
        return authority[..<colon]
    }
}
