/// The command line: a scenario and options of one value each.
struct Options: Sendable {
    let scenario: String
    private let values: [String: String]

    static let usage = """
        usage: ChatBenchmark delivery --url URL --pid-file FILE [--users N] [--members N] [--messages N] [--rate N]
                                      [--kills N] [--life SECONDS] [--tickets PERCENT] [--loops N] [--seed N]
               ChatBenchmark ceiling  --url URL --pid-file FILE [--users N] [--members N] [--rate N] [--duration SECONDS]
                                      [--trial SECONDS] [--loops N]
               ChatBenchmark logins   --url URL [--users N] [--rate N] [--duration SECONDS]
        """

    /// The options that each scenario takes.
    private static let known: [String: Set<String>] = [
        "delivery": [
            "url", "pid-file", "users", "members", "messages", "rate", "kills", "life", "tickets", "loops", "seed",
        ],
        "ceiling": ["url", "pid-file", "users", "members", "rate", "duration", "trial", "loops"],
        "logins": ["url", "users", "rate", "duration"],
    ]

    init(_ arguments: [String]) throws(Failure) {
        guard let scenario = arguments.first, let known = Options.known[scenario], arguments.count % 2 == 1 else {
            throw Failure(Options.usage, status: 64)
        }
        var values: [String: String] = [:]
        for index in stride(from: 1, to: arguments.count, by: 2) {
            let name = arguments[index].dropFirst(2)
            guard arguments[index].hasPrefix("--"), known.contains(String(name)) else {
                throw Failure("\(scenario) takes no \(arguments[index])\n\(Options.usage)", status: 64)
            }
            values[String(name)] = arguments[index + 1]
        }
        self.scenario = scenario
        self.values = values
    }

    func text(_ name: String) throws(Failure) -> String {
        guard let value = values[name] else { throw Failure("--\(name) is missing\n\(Options.usage)", status: 64) }
        return value
    }

    func address() throws(Failure) -> HubAddress {
        guard let address = HubAddress(try text("url")) else {
            throw Failure("--url must be http://HOST:PORT", status: 64)
        }
        return address
    }

    func integer(_ name: String, in range: ClosedRange<Int>, default value: Int) throws(Failure) -> Int {
        guard let text = values[name] else { return value }
        guard let number = Int(text), range.contains(number) else {
            throw Failure("--\(name) must be from \(range.lowerBound) to \(range.upperBound)", status: 64)
        }
        return number
    }

    func number(_ name: String, in range: ClosedRange<Double>, default value: Double) throws(Failure) -> Double {
        guard let text = values[name] else { return value }
        guard let number = Double(text), range.contains(number) else {
            throw Failure("--\(name) must be from \(range.lowerBound) to \(range.upperBound)", status: 64)
        }
        return number
    }
}
