/// Which bidirectional embeddings and isolates are open at a place in a text (Unicode Standard Annex 9, section 3.3.2).
struct BidirectionalNesting {
    private enum Opened {
        /// LRE, RLE, LRO or RLO.
        case embedding
        /// LRI, RLI or FSI.
        case isolate
    }

    private var open: [Opened] = []

    private static let popFormatting: Unicode.Scalar = "\u{202C}"
    private static let popIsolate: Unicode.Scalar = "\u{2069}"

    /// Goes past one scalar.
    ///
    /// - Returns: Whether it has an effect: not if it closes what is not open.
    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x202A, 0x202B, 0x202D, 0x202E: open.append(.embedding)
        case 0x2066...0x2068: open.append(.isolate)
        case 0x202C:
            guard open.last == .embedding else { return false }
            open.removeLast()
        case 0x2069:
            // It ends the embeddings within the isolate too.
            guard let isolate = open.lastIndex(of: .isolate) else { return false }
            open.removeSubrange(isolate...)
        default: break
        }
        return true
    }

    /// What closes everything that is open, the innermost first. An isolate's end closes the embeddings within it.
    var closing: [Unicode.Scalar] {
        let outer = open.prefix { $0 == .embedding }.count
        let isolates = open.count { $0 == .isolate }
        return Array(repeating: BidirectionalNesting.popIsolate, count: isolates)
            + Array(repeating: BidirectionalNesting.popFormatting, count: outer)
    }
}
