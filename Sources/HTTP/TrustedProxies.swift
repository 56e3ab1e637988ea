internal import EventLoop

/// The proxies that are believed when they say for whom they ask.
///
/// `X-Forwarded-For` is a list to which every proxy adds, at its end, whom it got the request from. Everything before what
/// the first trusted proxy added may be a client's invention, so the list is read from its end, as far as it was written by
/// proxies that are trusted. `X-Forwarded-Proto` is the last of its values, for the same reason.
package struct TrustedProxies: Sendable {
    private let blocks: [AddressBlock]

    /// - Parameter blocks: None: nobody is believed.
    package init(_ blocks: [AddressBlock]) { self.blocks = blocks }

    package static let none = TrustedProxies([])

    private func trust(_ address: IPAddress) -> Bool { blocks.contains { $0.contains(address) } }

    /// Whose request it is.
    package func origin(of request: HTTPRequest) -> ClientOrigin {
        let peer = request.peer
        guard !blocks.isEmpty, trust(peer) else { return ClientOrigin(address: peer, isSecure: request.isSecure) }
        var isSecure = request.isSecure
        if let scheme = TrustedProxies.elements(of: request.headers.values(of: "X-Forwarded-Proto")).next() {
            isSecure = scheme.lowercased() == "https"
        }
        var client = peer
        for element in TrustedProxies.elements(of: request.headers.values(of: "X-Forwarded-For")) {
            // What a trusted proxy could not name is not asked any further.
            guard let address = TrustedProxies.address(element) else { break }
            client = address
            guard trust(address) else { break }
        }
        return ClientOrigin(address: client, isSecure: isSecure)
    }

    /// The elements of comma-separated lists, from the last of the last to the first of the first, trimmed.
    private static func elements(of lists: [String]) -> AnyIterator<Substring> {
        var lists = lists
        var rest: Substring? = lists.popLast().map { $0[...] }
        return AnyIterator {
            guard let list = rest else { return nil }
            guard let comma = list.utf8.lastIndex(of: UInt8(ascii: ",")) else {
                rest = lists.popLast().map { $0[...] }
                return trimmed(list)
            }
            rest = list[..<comma]
            return trimmed(list[list.utf8.index(after: comma)...])
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.utf8.first, first.isBlank { text = text.dropFirst() }
        while let last = text.utf8.last, last.isBlank { text = text.dropLast() }
        return text
    }

    /// An address as proxies write it: alone, in brackets, with a port behind it.
    static func address(_ text: Substring) -> IPAddress? {
        guard let first = text.utf8.first else { return nil }
        if first == UInt8(ascii: "[") {
            guard let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let rest = text[text.utf8.index(after: end)...]
            guard rest.isEmpty || isPort(rest) else { return nil }
            let address = IPAddress(text[text.utf8.index(after: text.startIndex)..<end])
            return address?.family == .ipv6 || text.utf8.contains(UInt8(ascii: ".")) ? address : nil
        }
        if let address = IPAddress(text) { return address }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), isPort(text[colon...]) else { return nil }
        return IPAddress(text[..<colon])
    }

    /// A colon and one to five digits.
    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.first == UInt8(ascii: ":") && (2...6).contains(text.utf8.count)
            && text.utf8.dropFirst().allSatisfy(\.isDigit)
    }
}
