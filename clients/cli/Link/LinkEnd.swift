import EventLoop
import HTTP
import TLS
import WebSocket

/// How a stream, or the attempt to open one, ended; and what that means for another attempt.
enum LinkEnd: Hashable, Sendable {
    /// No connection; why, in one line.
    case unreachable(String)
    /// No connection, and another attempt would not get one either; why.
    case notTrusted(String)
    /// No attempt was made: there is no access token.
    case notLetIn(CommandFailure)
    /// The hub answered with something else than a stream.
    case refused(HubRefusal)
    /// What answered is no hub; why.
    case noHub(String)
    /// The connection was open and closed, with this code if there was a Close frame.
    case closed(code: UInt16?, reason: String)
    /// The hub said nothing for two heartbeats.
    case silence
    /// The hub broke the protocol.
    case fault(String)

    /// What to do next.
    enum Consequence: Hashable, Sendable {
        /// Try again, not before the time the hub asked for.
        case retry(asked: Duration?)
        case giveUp(CommandFailure)
    }

    init(_ error: WebSocketClientError) {
        switch error {
        case .unreachable(.closed(.tls(.notTrusted(reason: let reason)))):
            self = .notTrusted("the hub's certificate is not trusted: \(reason); --ca-file names one to trust")
        case .unreachable(.unknownHost(let host)): self = .notTrusted("there is no host named \(PlainText.line(host))")
        case .unreachable(let reason): self = .unreachable(PlainText.line("\(reason)"))
        case .refused(let status, let headers, let body):
            let retryAfter = headers["Retry-After"].flatMap(Double.init)
            self = .refused(HubRefusal(status: status, retryAfter: retryAfter, body: body))
        case .invalidAnswer(let detail): self = .noHub(PlainText.line(detail))
        case .closed, .timedOut, .cancelled: self = .unreachable(error.description)
        }
    }

    init(code: CloseCode?, reason: String, by ending: WebSocketEnding) {
        switch ending {
        case .peer, .local, .transport: self = .closed(code: code?.rawValue, reason: PlainText.line(reason))
        case .silence: self = .silence
        case .fault(let fault): self = .fault(fault.description)
        }
    }

    /// The protocol's table of closing codes, and of refusals.
    func consequence(goodbye: Duration?) -> Consequence {
        switch self {
        case .unreachable, .silence: .retry(asked: goodbye)
        case .notTrusted(let reason): .giveUp(CommandFailure(.unreachable, reason))
        case .notLetIn(let failure):
            failure.code == .unreachable || failure.code == .tryLater ? .retry(asked: goodbye) : .giveUp(failure)
        case .noHub(let reason): .giveUp(CommandFailure(.fault, "what answers there is not a hub: \(reason)"))
        case .fault(let reason): .giveUp(CommandFailure(.fault, "the hub broke the protocol: \(reason)"))
        case .refused(let refusal):
            refusal.isTransient
                ? .retry(asked: refusal.retryAfter.map { .seconds(min($0, 3600)) } ?? goodbye)
                : .giveUp(refusal.failure)
        case .closed(let code, let reason): closed(code, reason, goodbye)
        }
    }

    private func closed(_ code: UInt16?, _ reason: String, _ goodbye: Duration?) -> Consequence {
        let because = reason.isEmpty ? "" : ": \(reason)"
        switch code {
        case 1008: return .giveUp(CommandFailure(.refused, "the hub ended the session\(because)"))
        case 1000 where goodbye == nil, 1002, 1003, 1007, 1009:
            return .giveUp(CommandFailure(.fault, "the hub closed with \(code ?? 0)\(because)"))
        default: return .retry(asked: goodbye)
        }
    }

    /// Whether another access token may help.
    var isAboutCredentials: Bool {
        switch self {
        case .closed(code: 1008, _): true
        case .refused(let refusal): refusal.status == 401
        default: false
        }
    }

    /// In one line, for a person.
    var reason: String {
        switch self {
        case .unreachable(let reason), .notTrusted(let reason), .noHub(let reason), .fault(let reason): reason
        case .notLetIn(let failure): failure.message
        case .refused(let refusal): refusal.failure.message
        case .closed(nil, _): "the connection was lost"
        case .closed(let code?, let reason):
            "the hub closed with \(code)" + (reason.isEmpty ? "" : ": \(reason)")
        case .silence: "the hub has fallen silent"
        }
    }
}
