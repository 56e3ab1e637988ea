internal import Glibc

/// An IPv4 or IPv6 address, alone or with a prefix length: `10.0.0.0/8`.
@Sendable func isAddressBlock(_ text: String) -> Bool {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let address = String(parts[0])
    var storage = in6_addr()
    let isIPv4 = unsafe inet_pton(AF_INET, address, &storage) == 1
    guard unsafe isIPv4 || inet_pton(AF_INET6, address, &storage) == 1 else { return false }
    guard parts.count == 2 else { return true }
    return Int(parts[1]).map { (0...(isIPv4 ? 32 : 128)).contains($0) } ?? false
}

/// `*`, or scheme, host and optional port as a browser sends them (RFC 6454, section 6.2).
@Sendable func isOrigin(_ text: String) -> Bool {
    text == "*" || text.wholeMatch(of: /https?:\/\/[a-z0-9.\-\[\]:]+/) != nil
}

/// What a bearer token may be (RFC 6750, section 2.1).
@Sendable func isToken(_ text: String) -> Bool { text.wholeMatch(of: /[A-Za-z0-9\-._~+\/]+=*/) != nil }

/// `http` or `https`, a host, and perhaps a port and a path; no user, query or fragment.
@Sendable func isHTTPURL(_ text: String) -> Bool {
    text.wholeMatch(of: /https?:\/\/[A-Za-z0-9.\-\[\]:]+(\/[A-Za-z0-9.\-_~\/%]*)?/) != nil
}

/// As ``isHTTPURL(_:)``, with each of `{z}`, `{x}` and `{y}` in the path, and perhaps a query.
@Sendable func isTilesURL(_ text: String) -> Bool {
    text.wholeMatch(of: /https?:\/\/[A-Za-z0-9.\-\[\]:]+\/[A-Za-z0-9.\-_~\/%{}@?=&]*/) != nil
        && ["{z}", "{x}", "{y}"].allSatisfy { text.contains($0) }
}

/// `smtp` or `smtps`, a host and perhaps a port; no user, path or query.
@Sendable func isSMTPURL(_ text: String) -> Bool {
    text.wholeMatch(of: /smtps?:\/\/([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/) != nil
}

/// A mail address, alone or in brackets after a name that has neither brackets nor control characters.
@Sendable func isSender(_ text: String) -> Bool {
    let address = #/(?:[^<>\x00-\x1F\x7F]*<)?([A-Za-z0-9!#$%&'*+\/=?^_`{|}~.\-]{1,64}@[A-Za-z0-9.\-]{1,180})(>?)/#
    guard let match = text.wholeMatch(of: address), text.contains("<") == !match.output.2.isEmpty else { return false }
    let dots = match.output.1
    return !dots.hasPrefix(".") && !dots.contains("..") && !dots.contains(".@") && !dots.contains("@.")
        && !dots.contains("@-")
}

/// `name=value` pairs as of HTTP fields, separated by commas.
@Sendable func isFieldList(_ text: String) -> Bool {
    text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy {
        $0.wholeMatch(of: #/\ *[A-Za-z0-9!#$%&'*+\-.^_`|~]+\ *=[\x20-\x2B\x2D-\x7E]*/#) != nil
    }
}

@Sendable func isDatabaseURL(_ text: String) -> Bool {
    text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
        || text.wholeMatch(of: /\s*[a-z_]+\s*=.*/.dotMatchesNewlines()) != nil
}

/// The URI or conninfo string with every password replaced; what does not look like either is replaced altogether.
@Sendable func maskPassword(_ text: String) -> String {
    if let scheme = text.firstRange(of: "://") {
        var rest = String(text[scheme.upperBound...])
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        // A password with an unescaped slash is refused by libpq, but must not be shown on the way there.
        if let at = rest.lastIndex(of: "@") {
            let userEnd = rest[..<at].firstIndex(of: ":") ?? (at < authorityEnd ? at : rest.startIndex)
            let user = rest[..<userEnd]
            rest = userEnd == at ? rest : user + ":****" + rest[at...]
        }
        return text[..<scheme.upperBound]
            + rest.replacing(/([?&][^=&]*password[^=&]*=)[^&]*/.ignoresCase()) { $0.output.1 + "****" }
    }
    guard text.contains("=") else { return "****" }
    return text.replacing(/(password\s*=\s*)('(?:[^'\\]|\\.)*'|(?:[^\s\\]|\\.)+)/.ignoresCase()) {
        $0.output.1 + "****"
    }
}

/// 32 bytes in base64: 43 characters, and the padding that belongs there.
@Sendable func isMasterKey(_ text: String) -> Bool {
    text.wholeMatch(of: /[A-Za-z0-9+\/]{42}[AEIMQUYcgkosw048]=/) != nil
}
