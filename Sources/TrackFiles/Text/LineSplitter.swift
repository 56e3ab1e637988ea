/// Cuts text into lines, in pieces of any size. A line ends with LF, CR LF or CR.
struct LineSplitter {
    /// Bytes of a line that are held; a longer one is refused.
    static let longestLine = 256 << 10

    private(set) var line: [UInt8] = []
    /// Where the line begins in the text.
    private(set) var lineStart = 0
    private var position = 0
    private var endsWithReturn = false

    /// Hands each line that ends to `body`, without its end.
    mutating func read(
        _ input: Span<UInt8>, _ body: ([UInt8], _ start: Int) throws(TrackFileError) -> Void
    ) throws(TrackFileError) {
        var index = 0
        while index < input.count {
            if endsWithReturn {
                endsWithReturn = false
                if input[index] == 10 {
                    index += 1
                    lineStart += 1
                    continue
                }
            }
            var end = index
            while end < input.count, input[end] != 10, input[end] != 13 { end += 1 }
            guard line.count + end - index <= LineSplitter.longestLine else { throw .tooLong(at: lineStart) }
            line.append(input.extracting(index..<end))
            guard end < input.count else { break }
            try body(line, lineStart)
            endsWithReturn = input[end] == 13
            line.removeAll(keepingCapacity: true)
            lineStart = position + end + 1
            index = end + 1
        }
        position += input.count
    }

    /// The last line, if it has no end.
    mutating func finish(
        _ body: ([UInt8], _ start: Int) throws(TrackFileError) -> Void
    ) throws(TrackFileError) {
        guard !line.isEmpty else { return }
        try body(line, lineStart)
        line = []
    }
}

extension [UInt8] {
    mutating func append(_ span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { buffer in unsafe append(contentsOf: buffer) }
    }

    /// Whether the bytes are those of `text`.
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count {
            guard unsafe self[index] == text.utf8Start[index] else { return false }
        }
        return true
    }
}
