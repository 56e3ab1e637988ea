internal import Crypto
internal import Gzip
package import HTTP
internal import Synchronization

/// A file that the hub serves as it is, in memory, compressed once: when it is first asked for.
package struct StaticFile: Sendable {
    package let name: String
    package let contentType: ContentType
    package let bytes: [UInt8]
    private let compression: Compression
    /// Of the bytes, in hexadecimal: the first 16 of the 32 digits of their SHA-256.
    package let digest: String

    /// - Parameter name: Its ending says of what type it is; one that is not known is served as bytes.
    package init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        let ending = name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) }
        contentType = StaticFile.types[ending ?? ""] ?? ContentType("application/octet-stream")
        compression = Compression(bytes)
        digest = Hexadecimal.encode(Array(SHA256.hash(bytes).prefix(8)))
    }

    /// A text that is compiled in.
    package init(_ name: String, _ text: String) {
        self.init(name, Array(text.utf8))
    }

    private static let types: [String: ContentType] = [
        "html": .html, "txt": .plainText, "md": .plainText, "json": .json,
        "css": ContentType("text/css; charset=utf-8"),
        "js": ContentType("text/javascript; charset=utf-8"),
        "svg": ContentType("image/svg+xml"),
        "png": ContentType("image/png"),
        "ico": ContentType("image/vnd.microsoft.icon"),
        "woff2": ContentType("font/woff2"),
        "yaml": ContentType("application/yaml"),
        "webmanifest": ContentType("application/manifest+json"),
    ]

    // MARK: Answering

    /// How long what was fetched may be used without asking again.
    package enum Caching: Hashable, Sendable {
        /// It is asked for each time, and answered 304 if nothing has changed.
        case revalidated
        /// For a year: its address changes when it does.
        case forever
        /// By nobody and never: the answer is one person's.
        case none

        fileprivate var field: String {
            switch self {
            case .revalidated: "no-cache"
            case .forever: "public, max-age=31536000, immutable"
            case .none: "no-store"
            }
        }
    }

    /// The file, or 304 if the client has it (RFC 9110, section 13.1.2), compressed if the client takes that. Who
    /// asks before it is compressed waits, whatever they take: tag and `Vary` depend on it.
    ///
    /// - Parameter headers: Further fields, such as a page's own.
    package func answer(to request: HTTPRequest, _ caching: Caching, headers: HTTPHeaders = [:]) async -> HTTPResponse {
        let compressed = await compression.result
        let encoded = compressed.flatMap { request.headers.contains("Accept-Encoding", token: "gzip") ? $0 : nil }
        // Two encodings are two representations, which a strong tag tells apart.
        let tag = encoded == nil ? "\"\(digest)\"" : "\"\(digest)-gz\""
        var headers = headers
        headers.append("ETag", tag)
        headers.append("Cache-Control", caching.field)
        headers.append("Cross-Origin-Resource-Policy", "same-origin")
        if compressed != nil { headers.append("Vary", "Accept-Encoding") }
        guard !isKnown(to: request, as: tag) else { return HTTPResponse(.notModified, headers: headers) }
        if encoded != nil { headers.append("Content-Encoding", "gzip") }
        return HTTPResponse(.ok, contentType: contentType, headers: headers, body: encoded ?? bytes)
    }

    /// Compared weakly, as `If-None-Match` is.
    private func isKnown(to request: HTTPRequest, as tag: String) -> Bool {
        request.headers.contains("If-None-Match", token: tag)
            || request.headers.contains("If-None-Match", token: "W/\(tag)")
            || request.headers["If-None-Match"] == "*"
    }
}

/// The bytes of a file in the gzip format, made off the loops, which do not have the tenth of a second that the largest takes.
private final class Compression: Sendable {
    private let bytes: [UInt8]
    private let task = Mutex<Task<[UInt8]?, Never>?>(nil)

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Nothing if it saves less than a tenth.
    var result: [UInt8]? {
        get async {
            let task = task.withLock { [bytes] known in
                if let known { return known }
                // Detached, because whoever asks may be an actor on a loop, and others wait for it when they have gone.
                let task = Task.detached {
                    let smaller = Gzip.compress(bytes)
                    return smaller.count * 10 < bytes.count * 9 ? smaller : nil
                }
                known = task
                return task
            }
            return await task.value
        }
    }
}
