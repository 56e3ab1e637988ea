/// What a command line said, taken apart by the command's options.
struct Arguments: Hashable, Sendable {
    private(set) var operands: [String] = []
    private var flags: Set<String> = []
    private var values: [String: [String]] = [:]

    /// Takes `words` (without the program and the command) apart.
    ///
    /// `--name value`, `--name=value` and, for options of several values, `--name a b c` are understood;
    /// after `--` everything is an operand.
    ///
    /// - Throws: ``CommandFailure`` with ``ExitCode/usage`` for an unknown option, a missing value, a missing
    ///   required option and the wrong number of operands.
    init(_ words: [String], options: [Option], operands declared: [Operand]) throws(CommandFailure) {
        let byName = Dictionary(options.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            }
            guard word.hasPrefix("--") else {
                if word.hasPrefix("-"), word.count > 1 { throw .usage("unknown option \(word)") }
                operands.append(word)
                continue
            }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = byName[name] else { throw .usage("unknown option --\(name)") }
            try take(option, inline: parts.count == 2 ? String(parts[1]) : nil, from: &rest)
        }
        for option in options where option.isRequired && values[option.name] == nil {
            throw .usage("\(option.synopsis) is missing")
        }
        let required = declared.count(where: \.isRequired)
        if operands.count < required { throw .usage("\(declared[operands.count].placeholder) is missing") }
        let isOpen = declared.last?.isRepeated ?? false
        if operands.count > declared.count, !isOpen {
            throw .usage("unexpected argument '\(operands[declared.count])'")
        }
    }

    private mutating func take(
        _ option: Option, inline: String?, from rest: inout ArraySlice<String>
    ) throws(CommandFailure) {
        switch option.shape {
        case .flag:
            if inline != nil { throw .usage("--\(option.name) takes no value") }
            flags.insert(option.name)
        case .value:
            guard let value = inline ?? rest.popFirst() else {
                throw .usage("\(option.synopsis): the value is missing")
            }
            values[option.name] = [value]
        case .values:
            var taken = inline.map { [$0] } ?? []
            if inline == nil {
                while let next = rest.first, !next.hasPrefix("--") {
                    taken.append(next)
                    rest.removeFirst()
                }
            }
            if taken.isEmpty { throw .usage("\(option.synopsis): the value is missing") }
            values[option.name, default: []] += taken
        }
    }

    func has(_ flag: String) -> Bool { flags.contains(flag) }

    func text(_ name: String) -> String? { values[name]?.last }

    func texts(_ name: String) -> [String] { values[name] ?? [] }

    /// The value of an option that the command declares as required.
    func required(_ name: String) throws(CommandFailure) -> String {
        guard let value = text(name) else { throw .usage("--\(name) is missing") }
        return value
    }

    /// A whole number in `range`, or `nil` if the option was not given.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(CommandFailure) -> Int? {
        guard let text = text(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            let bounds =
                range.upperBound == .max
                ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw .usage("--\(name) must be a whole number \(bounds), not '\(text)'")
        }
        return value
    }

    /// A number in `range`, or `nil` if the option was not given.
    func number(_ name: String, in range: ClosedRange<Double>) throws(CommandFailure) -> Double? {
        guard let text = text(name) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw .usage("--\(name) must be a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return value
    }

    /// A time such as `30`, `30s`, `1.5m`, `2h`, `250ms`; a bare number is seconds.
    func duration(_ name: String) throws(CommandFailure) -> Duration? {
        guard let text = text(name) else { return nil }
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        for (suffix, seconds) in units where text.hasSuffix(suffix) {
            if let value = Double(text.dropLast(suffix.count)), value >= 0, value * seconds < 1e9 {
                return .seconds(value * seconds)
            }
        }
        guard let value = Double(text), value >= 0, value < 1e9 else {
            throw .usage("--\(name) must be a time such as 30s, 5m or 1h, not '\(text)'")
        }
        return .seconds(value)
    }
}
