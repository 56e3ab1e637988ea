/// Where a WebSocket is to be found: `ws://host[:port]/path[?query]`, or `wss://` under TLS (RFC 6455, 3).
package struct WebSocketURL: Equatable, Sendable {
    package var isSecure: Bool
    /// Without the brackets of an IPv6 address.
    package var host: String
    package var port: Int
    /// Path and query, as they are sent; begins with `/`.
    package var target: String

    package init(isSecure: Bool = false, host: String, port: Int? = nil, target: String = "/") {
        self.isSecure = isSecure
        self.host = host
        self.port = port ?? (isSecure ? 443 : 80)
        self.target = target
    }

    /// Reads a URL; nil if it is not one, has user information or a fragment, or bytes a request line must not hold.
    package init?(_ text: String) {
        let secure: Bool
        var rest: Substring
        if let range = text.lowercased().hasPrefix("wss://") ? 6 : text.lowercased().hasPrefix("ws://") ? 5 : nil {
            secure = range == 6
            rest = text.dropFirst(range)
        } else {
            return nil
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else { return nil }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let path = rest[end...]
        rest = rest[..<end]
        guard !rest.contains("@") else { return nil }

        var port: Int?
        let host: Substring
        if rest.first == "[" {
            guard let close = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<close]
            rest = rest[rest.index(after: close)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
            rest = rest.dropFirst()
        } else {
            let colon = rest.firstIndex(of: ":") ?? rest.endIndex
            host = rest[..<colon]
            rest = rest[colon...].dropFirst()
        }
        if !rest.isEmpty {
            guard rest.allSatisfy(\.isNumber), let number = Int(rest), (1...65_535).contains(number) else { return nil }
            port = number
        }
        guard !host.isEmpty else { return nil }
        self.init(
            isSecure: secure, host: String(host), port: port,
            target: path.first == "/" ? String(path) : "/" + path)
    }

    /// The value of `Host`.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
}
