import Foundation

/// An answer of the hub that is no success, as REST and a refused upgrade give it.
struct HubRefusal: Hashable, Sendable {
    private struct Problem: Codable {
        struct Detail: Codable {
            var field: String?
            var message: String?
        }

        var error: String?
        var message: String?
        var details: [Detail]?
        var retryAfter: Double?
    }

    var status: Int
    /// The hub's code, such as `group_full`.
    var error: String?
    var message: String?
    var details: [String]
    /// Seconds.
    var retryAfter: Double?

    init(status: Int, retryAfter: Double? = nil, body: [UInt8]) {
        let problem = try? JSONDecoder().decode(Problem.self, from: Data(body))
        self.status = status
        error = problem?.error
        message = problem?.message.map(PlainText.line)
        details = (problem?.details ?? []).map { detail in
            PlainText.line([detail.field, detail.message].compactMap(\.self).joined(separator: ": "))
        }
        self.retryAfter = retryAfter ?? problem?.retryAfter
    }

    init(_ response: RESTResponse) {
        self.init(status: response.status, retryAfter: response.retryAfter, body: response.body)
    }

    /// Whether waiting may help.
    var isTransient: Bool { [408, 425, 429, 500, 502, 503, 504].contains(status) }

    var failure: CommandFailure {
        var text = message ?? "the hub answered \(status)"
        if let error, message == nil { text += " (\(error))" }
        if !details.isEmpty { text += ": " + details.joined(separator: "; ") }
        switch status {
        case 401 where error == "invalid_credentials" || error == "second_factor_required":
            return CommandFailure(.refused, text)
        case 401 where error == "token_expired" || error == "token_invalid":
            return CommandFailure(.refused, "\(text); run 'hubctl login'")
        case 401: return CommandFailure(.refused, "\(text); run 'hubctl login' with a valid key")
        case 403: return CommandFailure(.refused, text)
        case 404: return CommandFailure(.badData, text)
        case 429, 503:
            let wait = retryAfter.map { " (try again in \(Int($0.rounded(.up))) s)" } ?? ""
            return CommandFailure(.tryLater, text + wait)
        case 400, 405...499: return CommandFailure(.badData, text)
        default: return CommandFailure(.fault, "\(text) (status \(status))")
        }
    }
}
