/// The quoted-printable encoding of a text (RFC 2045, section 6.7).
enum QuotedPrintable {
    /// `text` in lines of at most 76 bytes, each ended by CRLF. Line ends of any kind stay line ends; whatever is not
    /// printable ASCII is written as its bytes, so that no server and no relay changes it.
    static func encode(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        for (index, line) in lines.enumerated() {
            // A text that ends with a line end has nothing behind it.
            if index == lines.count - 1, line.isEmpty { break }
            append(Array(line.utf8), to: &output)
        }
        return output
    }

    private static func append(_ line: [UInt8], to output: inout [UInt8]) {
        var column = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let isPlain: Bool =
                switch byte {
                case UInt8(ascii: "="): false
                // White space before a line end would be taken away on the way.
                case UInt8(ascii: " "), UInt8(ascii: "\t"): !isLast
                default: (0x21...0x7E).contains(byte)
                }
            let length = isPlain ? 1 : 3
            // The last column is the soft break's.
            if column + length > 75 {
                output.append(contentsOf: "=\r\n".utf8)
                column = 0
            }
            if isPlain {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "="))
                output.append(digit(byte >> 4))
                output.append(digit(byte & 15))
            }
            column += length
        }
        output.append(contentsOf: "\r\n".utf8)
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 55 + value }
}
