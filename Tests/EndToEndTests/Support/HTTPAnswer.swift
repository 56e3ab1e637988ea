import Wire

/// An answer as a client sees it.
struct HTTPAnswer: Sendable {
    let status: Int
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    /// - Returns: How many of the bytes are the answer, and what it says; nothing while it is not whole.
    static func parse(_ bytes: [UInt8], hasContent: Bool = true) -> (Int, HTTPAnswer)? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            .split(separator: "\r\n", omittingEmptySubsequences: false)
        let fields = lines.dropFirst().map { line -> (name: String, value: String) in
            let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
            return (String(line[..<colon]), String(line[colon...].dropFirst().drop { $0 == " " }))
        }
        let status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
        let length =
            hasContent ? fields.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } : 0
        let total = end.upperBound + (length ?? 0)
        guard bytes.count >= total else { return nil }
        return (total, HTTPAnswer(status: status, fields: fields, body: Array(bytes[end.upperBound..<total])))
    }

    subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON; `null` if it is none.
    var json: JSONValue { (try? JSONValue(body)) ?? .null }

    /// The stable code of a problem document.
    var error: String? { json["error"]?.string }

    /// The names of the members a problem document complains of.
    var wrongFields: [String] { json["details"]?.array?.compactMap { $0["field"]?.string } ?? [] }

    /// What it complains of, each as `field: message`.
    var complaints: [String] {
        json["details"]?.array?.compactMap { detail in
            guard let field = detail["field"]?.string, let message = detail["message"]?.string else { return nil }
            return "\(field): \(message)"
        } ?? []
    }
}
