/// An answer as a client sees it.
package struct Answer: Sendable {
    package let statusLine: String
    package let fields: [(name: String, value: String)]
    package let body: String

    package init(_ head: String, body: String = "") {
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        statusLine = lines.first.map(String.init) ?? ""
        fields = lines.dropFirst().map { line in
            let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
            return (String(line[..<colon]), String(line[colon...].dropFirst(2)))
        }
        self.body = body
    }

    package var status: Int { Int(statusLine.split(separator: " ").dropFirst().first ?? "") ?? 0 }

    package subscript(name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
