/// What a rate policy counts by.
package enum RateScope: String, CaseIterable, Hashable, Sendable {
    /// An API key.
    case key
    case user
    case device
    /// An address of the network; of IPv6 the first 64 bits, which is what a subscriber is given.
    case address = "ip"
}

/// How many requests a caller may make in any stretch of time of some length (rule 10 of the contract).
package struct RatePolicy: Hashable, Sendable {
    /// Unique among the policies of a hub; lower-case letters, digits and underscores, at most 40.
    package let name: String
    /// 0 means none: nothing is counted.
    package let limit: Int
    /// Whole seconds, from one to a day.
    package let window: Duration
    package let scope: RateScope

    package static let limits = 0...1_000_000_000
    package static let windows = Duration.seconds(1)...Duration.seconds(86_400)

    /// - Precondition: `limit` and `window` are in their ranges, `name` is a name.
    package init(_ name: String, _ limit: Int, per window: Duration, by scope: RateScope) {
        precondition(RatePolicy.isName(name[...]), "\(name) is no name of a policy")
        precondition(RatePolicy.limits.contains(limit), "a rate limit is 0 to a thousand million")
        precondition(
            RatePolicy.windows.contains(window) && window.components.attoseconds == 0,
            "a window is whole seconds, at most a day")
        self.name = name
        self.limit = limit
        self.window = window
        self.scope = scope
    }

    /// The window in seconds.
    package var seconds: Int { Int(window.components.seconds) }

    /// The window as it follows "requests/": `minute`, or `90 s`.
    package var windowName: String {
        RatePolicy.words.first { $0.seconds == seconds }?.word ?? "\(seconds) s"
    }

    private static let words: [(word: String, seconds: Int)] = [
        ("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400),
    ]

    private static func isName(_ text: Substring) -> Bool {
        (1...40).contains(text.utf8.count) && text.utf8.allSatisfy(isNameByte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

extension RatePolicy: CustomStringConvertible {
    /// A policy as an operator writes it: `exports 10/hour by key`; the window is `second`, `minute`, `hour`, `day`, or
    /// seconds (`90s`). Nothing for any other text.
    package init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 4, words[2] == "by", RatePolicy.isName(words[0]),
            let scope = RateScope(rawValue: String(words[3]))
        else { return nil }
        let rate = words[1].split(separator: "/", omittingEmptySubsequences: false)
        guard rate.count == 2, let limit = RatePolicy.number(rate[0]), RatePolicy.limits.contains(limit),
            let seconds = RatePolicy.seconds(rate[1]), RatePolicy.windows.contains(.seconds(seconds))
        else { return nil }
        self.init(String(words[0]), limit, per: .seconds(seconds), by: scope)
    }

    package var description: String {
        let word = RatePolicy.words.first { $0.seconds == seconds }?.word ?? "\(seconds)s"
        return "\(name) \(limit)/\(word) by \(scope.rawValue)"
    }

    private static func seconds(_ text: Substring) -> Int? {
        if let found = words.first(where: { $0.word == text }) { return found.seconds }
        guard text.last == "s" else { return nil }
        return number(text.dropLast())
    }

    /// Digits alone: no sign, no space.
    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }
}
