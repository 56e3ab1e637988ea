/// Why a call has no answer. Texts are libcurl's and hold neither the request nor its address.
package enum HTTPCallFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nobody listens there, or the name has no address.
    case cannotConnect(String)
    /// Its certificate is not trusted.
    case untrusted
    /// The file of trusted certificates cannot be used.
    case badCAFile
    /// It speaks something else there, TLS or not.
    case notHTTP(String)
    case timedOut
    case answerTooLong
    /// The client was closed, or has no memory.
    case givenUp
    case other(String)

    package var description: String {
        switch self {
        case .cannotConnect(let reason), .notHTTP(let reason), .other(let reason): reason
        case .untrusted: "the certificate is not trusted"
        case .badCAFile: "the file of trusted certificates cannot be used"
        case .timedOut: "it took too long"
        case .answerTooLong: "the answer is too long"
        case .givenUp: "the call was given up"
        }
    }
}
