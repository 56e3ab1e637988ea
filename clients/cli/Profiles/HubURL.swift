import Foundation

/// Where a hub is: what `--url` takes. `http` and `ws` mean the same here, and so do `https` and `wss`.
struct HubURL: Hashable, Sendable {
    static let standard = HubURL(isSecure: false, host: "127.0.0.1", port: 8080, path: "")

    var isSecure: Bool
    /// A name or an address, without the brackets of an IPv6 address.
    var host: String
    var port: Int
    /// What stands before `/api`, for a hub behind a proxy: empty, or `/hub`.
    var path: String

    init(isSecure: Bool, host: String, port: Int, path: String) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.path = path
    }

    /// - Throws: ``ExitCode/usage`` for what is not an `http`, `https`, `ws` or `wss` address, or holds a user name,
    ///   a query or a fragment.
    init(_ text: String) throws(CommandFailure) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https", "ws", "wss"].contains(scheme), let host = parts.host, !host.isEmpty
        else { throw .usage("'\(text)' is not a hub's address; it looks like http://127.0.0.1:8080") }
        guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil else {
            throw .usage("a hub's address has no user name, query or fragment")
        }
        isSecure = scheme == "https" || scheme == "wss"
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? (isSecure ? 443 : 80)
        guard (1...65535).contains(port) else { throw .usage("'\(text)' has no usable port") }
        var path = parts.path
        while path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    /// `host:port`, with brackets around an IPv6 address.
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    /// The form that is stored, and the base of REST requests; no slash at its end.
    var http: String { (isSecure ? "https://" : "http://") + authority + path }

    /// The address of the stream.
    var stream: String { (isSecure ? "wss://" : "ws://") + authority + streamPath }

    var streamPath: String { path + "/api/v1/stream" }
}
