import Glibc

/// The command line.
struct Arguments {
    static let usage = """
        usage: EchoServer [--host ADDRESS] [--port NUMBER] [--loops NUMBER]
                          [--tls-certificate FILE --tls-key FILE]
        """

    var host = "127.0.0.1"
    var port = 9001
    var loops = 1
    var tls: (certificate: String, key: String)?

    init(_ words: some Sequence<String>) {
        var certificate: String?
        var key: String?
        var iterator = words.makeIterator()
        while let name = iterator.next() {
            guard let value = iterator.next() else { Self.fail(Self.usage) }
            switch name {
            case "--host": host = value
            case "--port": port = Self.number(value, 0...65_535)
            case "--loops": loops = Self.number(value, 1...256)
            case "--tls-certificate": certificate = value
            case "--tls-key": key = value
            default: Self.fail(Self.usage)
            }
        }
        switch (certificate, key) {
        case (let certificate?, let key?): tls = (certificate, key)
        case (nil, nil): break
        default: Self.fail(Self.usage)
        }
    }

    private static func number(_ text: String, _ range: ClosedRange<Int>) -> Int {
        guard let number = Int(text), range.contains(number) else { fail(usage) }
        return number
    }

    /// Prints to standard error and ends with status 64 (EX_USAGE).
    static func fail(_ message: String) -> Never {
        let bytes = Array((message + "\n").utf8)
        _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
        exit(64)
    }
}
