/// Takes delimited text apart into records (RFC 4180; also with `;` or tabs, and either end of line).
struct CSVRecords: IteratorProtocol {
    struct Record: Hashable, Sendable {
        /// Where it begins, from 1.
        var line: Int
        var fields: [String]
    }

    let delimiter: UInt8
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var line = 1
    /// Why no more records follow, if it is not the end of the text.
    private(set) var fault: TrackFault?

    init(_ bytes: [UInt8]) {
        let mark = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        self.bytes = bytes[mark...]
        position = mark
        let header = bytes[mark...].prefix { $0 != 10 && $0 != 13 }
        delimiter =
            [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
            .max { left, right in
                header.count { $0 == left } < header.count { $0 == right }
            } ?? UInt8(ascii: ",")
    }

    /// The next record with something in it.
    mutating func next() -> Record? {
        while fault == nil, position < bytes.endIndex {
            let begin = line
            let fields = record()
            if fault == nil, fields != [""] { return Record(line: begin, fields: fields) }
        }
        return nil
    }

    private mutating func record() -> [String] {
        var fields: [String] = []
        while true {
            fields.append(position < bytes.endIndex && bytes[position] == 34 ? quoted() : plain())
            guard fault == nil, position < bytes.endIndex else { return fields }
            let byte = bytes[position]
            position += 1
            if byte == delimiter { continue }
            if byte == 13, position < bytes.endIndex, bytes[position] == 10 { position += 1 }
            line += 1
            return fields
        }
    }

    private mutating func plain() -> String {
        let begin = position
        while position < bytes.endIndex, bytes[position] != delimiter, bytes[position] != 10, bytes[position] != 13 {
            position += 1
        }
        return String(decoding: bytes[begin..<position], as: UTF8.self)
    }

    private mutating func quoted() -> String {
        let begin = line
        var text: [UInt8] = []
        position += 1
        while position < bytes.endIndex {
            let byte = bytes[position]
            position += 1
            if byte == 34 {
                guard position < bytes.endIndex, bytes[position] == 34 else {
                    if position < bytes.endIndex, ![delimiter, 10, 13].contains(bytes[position]) {
                        fault = .malformed(line, "text after a closing quote")
                    }
                    return String(decoding: text, as: UTF8.self)
                }
                position += 1
            }
            if byte == 10 { line += 1 }
            text.append(byte)
        }
        fault = .malformed(begin, "a quote is not closed")
        return ""
    }
}
