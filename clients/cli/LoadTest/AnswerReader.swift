/// Finds the ends of a server's answers on a connection that is kept alive (RFC 9112, 6.3), whatever pieces they come in.
///
/// Answers have a `Content-Length`, as the hub's have; their bodies are counted and not kept.
struct AnswerReader: ~Copyable {
    enum Event: Equatable {
        case needsMore
        /// One answer is complete.
        case answered(status: Int, closes: Bool)
        /// Not an answer that is understood here; nothing after it can be.
        case invalid
    }

    private static let maximumHeadBytes = 16 * 1024

    private var head: [UInt8] = []
    private var status = 0
    private var closes = false
    /// Of the body, still to come; `nil` within a head.
    private var missing: Int?

    /// Takes what arrived.
    ///
    /// - Parameter pieces: Loses what belongs to the answer; what is left is the next one's.
    mutating func read(_ pieces: inout ArraySlice<UInt8>) -> Event {
        if missing == nil {
            while let byte = pieces.popFirst() {
                head.append(byte)
                if head.count > AnswerReader.maximumHeadBytes { return .invalid }
                if byte == 10, head.suffix(4).elementsEqual([13, 10, 13, 10]) {
                    guard readHead() else { return .invalid }
                    break
                }
            }
        }
        guard let missing else { return .needsMore }
        let taken = min(missing, pieces.count)
        pieces.removeFirst(taken)
        self.missing = missing - taken
        guard taken == missing else { return .needsMore }
        self.missing = nil
        head.removeAll(keepingCapacity: true)
        return .answered(status: status, closes: closes)
    }

    private mutating func readHead() -> Bool {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first?.split(separator: " "), first.count >= 2, first[0].hasPrefix("HTTP/1."),
            first[1].utf8.count == 3, let status = Int(first[1]), (200...599).contains(status)
        else { return false }
        self.status = status
        closes = false
        var length = status == 204 || status == 304 ? 0 : nil
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return false }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            switch line[..<colon].lowercased() {
            case "content-length": length = Int(value)
            case "connection": closes = closes || value.lowercased() == "close"
            case "transfer-encoding": return false
            default: break
            }
        }
        guard let length, length >= 0 else { return false }
        missing = length
        return true
    }
}
