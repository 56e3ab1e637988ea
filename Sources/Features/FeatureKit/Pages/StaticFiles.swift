internal import Crypto
internal import HTTP
internal import Wire

/// A set of files that belong together, such as what a page loads.
///
/// Each has an address with the set's version in it, `/app/<version>/map.js`, and may be kept for ever under that; modules
/// that import each other by relative addresses stay within one version. The same file under another version is served too,
/// to be asked for again: a page that was open while the hub was replaced goes on with what there is now.
package struct StaticFiles: Sendable {
    /// Changes with every byte of any of them, and with their names.
    package let version: String
    private let files: [String: StaticFile]

    /// - Precondition: No two have the same name, and each name is one segment of a path.
    package init(_ files: [StaticFile]) {
        self.files = Dictionary(files.map { ($0.name, $0) }) { file, _ in
            preconditionFailure("Two files are called \(file.name)")
        }
        precondition(!files.contains { $0.name.contains("/") }, "A file's name has no slash")
        let all = files.sorted { $0.name < $1.name }.map { "\($0.name) \($0.digest)\n" }.joined()
        version = Hexadecimal.encode(Array(SHA256.hash(Array(all.utf8)).prefix(6)))
    }

    package subscript(name: String) -> StaticFile? { files[name] }

    /// Of all of them, in the order of their names.
    package var names: [String] { files.keys.sorted() }

    /// The route of all of them, at `folder/{version}/{name}`, for everybody.
    ///
    /// - Parameter folder: Such as `/app`.
    package func route(under folder: String, operationID: String, summary: String, tag: String) -> Route {
        Route(
            .get, PathTemplate("\(folder)/{version}/{name}"), operationID: operationID, summary: summary,
            description: "Under the newest version for a year, under any other to be asked for again.", tag: tag,
            callers: .anyone,
            parameters: [.path("version", .string(), "Changes with the files"), .path("name", .string(), "The file")],
            responses: [RouteResponse(.ok, "The file", .string(), mediaType: "*/*")], errors: [.notFound],
            handler: .later { request in
                guard let file = files[request.parameter("name")] else { throw Problem.notFound }
                return await file.answer(
                    to: request.http, request.parameter("version") == version ? .forever : .revalidated)
            })
    }
}
