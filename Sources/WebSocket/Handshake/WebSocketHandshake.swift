package import HTTP

/// The opening handshake of a server (RFC 6455, 4.2).
package enum WebSocketHandshake {
    /// Checks a request for an upgrade.
    ///
    /// Who may connect (`Origin`, credentials) is for the caller to decide.
    ///
    /// - Returns: What to hand to ``WebSocketConnection/server(on:acceptance:alreadyRead:options:handler:)``, or why not.
    package static func accept(
        _ request: HTTPRequest, options: WebSocketOptions
    ) -> Result<WebSocketAcceptance, WebSocketRefusal> {
        let headers = request.headers
        guard request.method == .get else { return refuse("the method must be GET") }
        guard request.version == .http11 else { return refuse("the version must be HTTP/1.1") }
        guard !request.declaresContent || request.body.isEmpty else {
            return refuse("the request must have no content")
        }
        guard headers.contains("Upgrade", token: "websocket") else {
            return .failure(WebSocketRefusal(status: .upgradeRequired, reason: "this resource speaks WebSocket only"))
        }
        guard headers.contains("Connection", token: "upgrade") else { return refuse("Connection must name Upgrade") }

        let versions = headers.values(of: "Sec-WebSocket-Version")
        guard let version = versions.first, versions.count == 1 else {
            return refuse("Sec-WebSocket-Version must be given once")
        }
        guard version == "13" else {
            return .failure(WebSocketRefusal(status: .upgradeRequired, reason: "only version 13 is spoken"))
        }

        let keys = headers.values(of: "Sec-WebSocket-Key")
        guard let key = keys.first, keys.count == 1, HandshakeKey.isValid(key) else {
            return refuse("Sec-WebSocket-Key must be 16 bytes in base64, once")
        }

        let offered = headers.values(of: "Sec-WebSocket-Protocol").joined(separator: ",")
        guard let protocols = HeaderScanner.tokens(offered), Set(protocols).count == protocols.count else {
            return refuse("Sec-WebSocket-Protocol must be a list of distinct tokens")
        }
        let extensions = headers.values(of: "Sec-WebSocket-Extensions").joined(separator: ",")
        guard let offers = ExtensionOffer.list(extensions) else {
            return refuse("Sec-WebSocket-Extensions is malformed")
        }
        let selected = protocols.first { options.subprotocols.contains($0) }
        let deflate = options.deflate.flatMap { deflate in
            selected.map(deflate.exceptedSubprotocols.contains) == true
                ? nil : DeflateAgreement.answer(offers, options: deflate)
        }
        return .success(
            WebSocketAcceptance(
                subprotocol: selected, deflate: deflate?.agreement, key: key, extensionHeader: deflate?.header))
    }

    private static func refuse(_ reason: String) -> Result<WebSocketAcceptance, WebSocketRefusal> {
        .failure(WebSocketRefusal(status: .badRequest, reason: reason))
    }
}
