/// The methods the server implements; any other is answered 501 (RFC 9110, section 15.6.2).
package enum HTTPMethod: String, Hashable, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"

    /// The method whose name the bytes are; names are case-sensitive (RFC 9110, section 9.1).
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        func reads(_ name: StaticString) -> Bool {
            guard range.count == name.utf8CodeUnitCount else { return false }
            for offset in 0..<range.count {
                guard unsafe bytes[range.lowerBound + offset] == name.utf8Start[offset] else { return false }
            }
            return true
        }
        if reads("GET") {
            self = .get
        } else if reads("POST") {
            self = .post
        } else if reads("DELETE") {
            self = .delete
        } else if reads("PUT") {
            self = .put
        } else if reads("PATCH") {
            self = .patch
        } else if reads("OPTIONS") {
            self = .options
        } else if reads("HEAD") {
            self = .head
        } else {
            return nil
        }
    }
}
