/// Why a mail server has not taken a mail. Texts are libcurl's and hold neither addresses nor what the server said.
package enum MailDeliveryFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// It refused the mail for good: 500 to 599.
    case refused(status: Int)
    /// It may take the mail later: 400 to 499.
    case deferred(status: Int)
    /// It wants other credentials, or any (RFC 4954); an operator has to look.
    case signInRefused(status: Int)
    /// It does not speak TLS, which is asked for.
    case notSecured
    /// Nobody listens there, or the name has no address.
    case cannotConnect(String)
    /// Its certificate is not trusted.
    case untrusted
    /// The file of trusted certificates cannot be used.
    case badCAFile
    /// It may have taken the mail, or not.
    case timedOut
    /// The client was closed, or has no memory.
    case givenUp
    /// It may have taken the mail, or not.
    case other(String)

    /// Whether the same mail will be refused again.
    package var isPermanent: Bool {
        if case .refused = self { true } else { false }
    }

    package var description: String {
        switch self {
        case .refused(let status): "the mail server refused with \(status)"
        case .deferred(let status): "the mail server put it off with \(status)"
        case .signInRefused(let status): "the mail server refused the credentials with \(status)"
        case .notSecured: "the mail server does not offer TLS"
        case .cannotConnect(let reason), .other(let reason): reason
        case .untrusted: "the mail server's certificate is not trusted"
        case .badCAFile: "the file of trusted certificates cannot be used"
        case .timedOut: "the mail server took too long"
        case .givenUp: "the mail was given up"
        }
    }
}
