import EventLoop
import HTTP

/// Bounds that short inputs can reach.
private let limits = HTTPLimits(
    requestLineBytes: 200, headerSectionBytes: 300, headerCount: 8, bodyBytes: 100, chunkExtensionBytes: 32)

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    let whole = events(of: [bytes])
    precondition(events(of: bytes.map { [$0] }) == whole, "single bytes change the requests")
    let cut = count > 1 ? Int(bytes[0]) * 31 % count : 0
    precondition(
        events(of: [Array(bytes[..<cut]), Array(bytes[cut...])]) == whole, "a cut at \(cut) changes the requests")
    precondition(
        events(of: [Array(bytes[..<cut]), Array(bytes[cut...])], isStreamed: true) == whole,
        "a body that is handed on as it comes is another")
    return 0
}

/// What the parser makes of pieces, with all that a handler would see of each request.
///
/// - Parameter isStreamed: Whether bodies are handed on as they come.
private func events(of pieces: [[UInt8]], isStreamed: Bool = false) -> [String] {
    var (head, content) = (HTTPRequest?.none, [UInt8]())
    var parser = RequestParser(limits: limits)
    var events: [String] = []
    var isRefused = false
    for piece in pieces {
        var position = 0
        while position < piece.count {
            let before = position
            switch parser.next(piece.span, from: &position) {
            case .needsMore: precondition(position == piece.count, "bytes were left without a reason")
            case .head(let request):
                check(request)
                (head, content) = (request, [])
                if let refusal = parser.acceptBody(limit: limits.bodyBytes, isStreamed: isStreamed) {
                    events.append("\(refusal.status.code) \(refusal.message)")
                    isRefused = true
                }
            case .content(let bytes, let isLast):
                precondition(isStreamed && !isRefused, "content that was not asked for")
                content += bytes
                precondition(content.count <= limits.bodyBytes, "content past the limit")
                if isLast, let head { events.append(describe(head, content)) }
            case .request(let request):
                precondition(!isRefused, "a request behind a refusal")
                check(request)
                events.append(describe(request, request.body))
            case .refused(let refusal):
                precondition(!isRefused, "two refusals")
                isRefused = true
                events.append("\(refusal.status.code) \(refusal.message)")
            }
            precondition(position >= before)
        }
    }
    return events
}

/// What holds for every request that is let through.
private func check(_ request: HTTPRequest) {
    let path = request.path
    precondition(path == "*" || path.hasPrefix("/"), "a path without a slash")
    precondition(path.utf8.allSatisfy { $0 >= 32 && $0 != 127 }, "a control byte in a path")
    precondition(!path.split(separator: "/").contains { $0 == "." || $0 == ".." }, "a dot segment")
    precondition(request.body.count <= limits.bodyBytes, "content past the limit")
    precondition(request.headers.count <= limits.headerCount, "fields past the limit")
    precondition(request.version == .http10 || request.headers.values(of: "Host").count == 1, "no Host, or two")
    precondition(request.headers.values(of: "Content-Length").count <= 1, "two lengths")
    precondition(
        !request.headers.contains("Content-Length") || !request.headers.contains("Transfer-Encoding"), "two framings")
    for (name, value) in request.headers {
        precondition(!name.utf8.contains { $0 <= 32 || $0 == 58 }, "white space or a colon in a name")
        precondition(!value.utf8.contains { $0 == 13 || $0 == 10 || $0 == 0 }, "a line end or NUL in a value")
    }
    _ = request.query.items
    checkOrigin(request.headers.values(of: "X-Forwarded-For"))
}

private let proxies = TrustedProxies(["127.0.0.0/8", "10.0.0.0/8", "::1"].compactMap { AddressBlock($0) })

/// Whatever a client puts into the field, whom a trusted proxy adds is who asks.
private func checkOrigin(_ values: [String]) {
    guard !values.isEmpty, let client = IPAddress("203.0.113.7") else { return }
    var headers = HTTPHeaders()
    for value in values { headers.append("X-Forwarded-For", value) }
    if let request = try? HTTPRequest(.get, "/", headers: headers, peer: .loopback) { _ = proxies.origin(of: request) }
    for added in ["203.0.113.7", "203.0.113.7:99 ,10.1.1.1", "[::ffff:203.0.113.7], ::1"] {
        var headers = headers
        headers.append("X-Forwarded-For", added)
        guard let request = try? HTTPRequest(.get, "/", headers: headers, peer: .loopback) else { continue }
        precondition(proxies.origin(of: request).address == client, "\(values) made another of the client")
    }
}

private func describe(_ request: HTTPRequest, _ body: [UInt8]) -> String {
    let fields = request.headers.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    return "\(request.method) \(request.version) \(request.target) \(request.path) \(request.query.raw) "
        + "\(request.authority ?? "") \(request.asksForUpgrade) \(fields) \(body)"
}
