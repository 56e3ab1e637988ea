/// The versions served. A later minor version of HTTP/1 is served as 1.1 (RFC 9110, section 6.2), any other refused with 505.
package enum HTTPVersion: Hashable, Sendable {
    case http10
    case http11
}
