import Foundation
import HTTPClient

/// Where the hub is, without TLS: the load is made on the hub's own machine.
struct HubAddress: Hashable, Sendable {
    var host: String
    var port: Int

    /// `http://host:port`; nothing for any other text.
    init?(_ text: String) {
        guard let parts = URLComponents(string: text), parts.scheme == "http", let host = parts.host,
            let port = parts.port, parts.path.isEmpty || parts.path == "/"
        else { return nil }
        self.host = host
        self.port = port
    }

    /// A call of the REST interface.
    ///
    /// - Parameters:
    ///   - path: From `/` on.
    ///   - body: Becomes JSON.
    ///   - token: An access token.
    func call(
        _ method: String, _ path: String, _ body: (some Encodable)? = String?.none, token: String? = nil
    ) -> HTTPCall {
        var call = HTTPCall(method, "http://\(host):\(port)\(path)")
        call.headers = [("Accept", "application/json"), ("User-Agent", "chat-benchmark")]
        if let token { call.headers.append(("Authorization", "Bearer \(token)")) }
        if let body, let data = try? JSONEncoder().encode(body) {
            call.body = Array(data)
            call.headers.append(("Content-Type", "application/json"))
        }
        return call
    }

    func refresh(_ account: Account) -> HTTPCall {
        call("POST", "/api/v1/auth/refresh", ["refreshToken": account.refreshToken])
    }

    func login(_ account: Account) -> HTTPCall {
        call("POST", "/api/v1/auth/login", ["email": account.email, "password": account.password])
    }
}
