package import HTTP

/// The token of `Authorization: Bearer` (RFC 6750, section 2.1).
package enum BearerToken {
    /// What follows `Bearer`; nothing with another scheme or none.
    package static func text(in headers: HTTPHeaders) -> String? {
        guard let field = headers["Authorization"] else { return nil }
        let scheme = "bearer "
        guard field.utf8.count > scheme.utf8.count, field.prefix(scheme.count).lowercased() == scheme else {
            return nil
        }
        return String(field.dropFirst(scheme.count))
    }
}
