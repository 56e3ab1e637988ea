internal import Model

/// One row of the table that everything about a setting comes from: its keys, its check, its documentation.
package struct Setting: Sendable {
    package let key: SettingKey
    /// What it takes, for people: `integer, 0 to 65535`.
    package let kind: String
    /// One or more sentences, for `config/default.toml`, `.env.example` and `docs/operations.md`.
    package let documentation: String
    /// Stores a value, or says what it must be instead.
    let read: @Sendable (RawValue, inout HubConfiguration) -> ExpectationFailure?
    /// The value as TOML, secrets masked.
    let show: @Sendable (HubConfiguration) -> String
    /// Whether the value may appear in an error.
    package let isSecret: Bool
    /// The value with nothing masked, to tell whether it has changed.
    private let compared: @Sendable (HubConfiguration) -> String

    /// What the value should have been, to follow "must be".
    struct ExpectationFailure { let expected: String }

    private init(
        _ key: String, kind: String, isSecret: Bool = false, _ documentation: String,
        read: @escaping @Sendable (RawValue, inout HubConfiguration) -> ExpectationFailure?,
        show: @escaping @Sendable (HubConfiguration) -> String,
        compared: (@Sendable (HubConfiguration) -> String)? = nil
    ) {
        let parts = key.split(separator: ".")
        precondition(parts.count == 2, "a setting has a section and a name")
        self.key = SettingKey(section: String(parts[0]), name: String(parts[1]))
        self.kind = kind
        self.isSecret = isSecret
        self.documentation = documentation
        self.read = read
        self.show = show
        self.compared = compared ?? show
    }

    /// The settings whose values differ, in the order of the documents.
    package static func changes(from old: HubConfiguration, to new: HubConfiguration) -> [SettingKey] {
        all.filter { $0.compared(old) != $0.compared(new) }.map(\.key)
    }

    typealias Path<Value> = any WritableKeyPath<HubConfiguration, Value> & Sendable

    static func integer(_ key: String, _ path: Path<Int>, _ range: ClosedRange<Int>, _ text: String) -> Setting {
        let kind = "an integer from \(range.lowerBound) to \(range.upperBound)"
        return Setting(key, kind: kind, text) { value, configuration in
            guard let number = value.integer, range.contains(number) else { return .init(expected: kind) }
            configuration[keyPath: path] = number
            return nil
        } show: {
            String($0[keyPath: path])
        }
    }

    /// - Parameter unit: The unit that the key's name ends in.
    static func duration(
        _ key: String, _ path: Path<Duration>, in unit: Duration, _ range: ClosedRange<Int>, _ text: String
    ) -> Setting {
        let kind = "an integer from \(range.lowerBound) to \(range.upperBound)"
        return Setting(key, kind: kind, text) { value, configuration in
            guard let number = value.integer, range.contains(number) else { return .init(expected: kind) }
            configuration[keyPath: path] = unit * number
            return nil
        } show: {
            String(milliseconds($0[keyPath: path]) / milliseconds(unit))
        }
    }

    static func text(
        _ key: String, _ path: Path<String>, kind: String = "a string", _ text: String,
        where isValid: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> Setting {
        Setting(key, kind: kind, text) { value, configuration in
            guard let string = value.string, isValid(string) else { return .init(expected: kind) }
            configuration[keyPath: path] = string
            return nil
        } show: {
            tomlText($0[keyPath: path])
        }
    }

    static func list(
        _ key: String, _ path: Path<[String]>, of kind: String, _ text: String,
        where isValid: @escaping @Sendable (String) -> Bool
    ) -> Setting {
        Setting(key, kind: "a list of \(kind)", text) { value, configuration in
            guard let strings = value.strings, strings.allSatisfy(isValid) else {
                return .init(expected: "a list of \(kind)")
            }
            configuration[keyPath: path] = strings
            return nil
        } show: {
            tomlList($0[keyPath: path])
        }
    }

    /// Rate policies, each as its own text.
    static func policies(_ key: String, _ path: Path<[RatePolicy]>, _ text: String) -> Setting {
        let kind = "a list of `NAME COUNT/WINDOW by key, user, device or ip`"
        return Setting(key, kind: kind, text) { value, configuration in
            guard let strings = value.strings else { return .init(expected: kind) }
            let policies = strings.compactMap { RatePolicy($0) }
            guard policies.count == strings.count else { return .init(expected: kind) }
            configuration[keyPath: path] = policies
            return nil
        } show: {
            tomlList($0[keyPath: path].map(\.description))
        }
    }

    static func choice<Value: Sendable>(
        _ key: String, _ path: Path<Value>, _ names: [(String, Value)], name: @escaping @Sendable (Value) -> String,
        _ text: String
    ) -> Setting {
        let kind = "one of " + names.map(\.0).joined(separator: ", ")
        return Setting(key, kind: kind, text) { value, configuration in
            guard let string = value.string, let found = names.first(where: { $0.0 == string }) else {
                return .init(expected: kind)
            }
            configuration[keyPath: path] = found.1
            return nil
        } show: {
            tomlText(name($0[keyPath: path]))
        }
    }

    /// A secret; the empty string means that there is none.
    static func secret(
        _ key: String, _ path: Path<Secret?>, kind: String, _ text: String,
        where isValid: @escaping @Sendable (String) -> Bool, masked: @escaping @Sendable (String) -> String
    ) -> Setting {
        Setting(key, kind: kind, isSecret: true, text) { value, configuration in
            guard let string = value.string, string.isEmpty || isValid(string) else { return .init(expected: kind) }
            configuration[keyPath: path] = string.isEmpty ? nil : Secret(string)
            return nil
        } show: {
            tomlText($0[keyPath: path].map { masked($0.revealed) } ?? "")
        } compared: {
            $0[keyPath: path]?.revealed ?? ""
        }
    }
}

/// Exact, unlike the quotient of two durations, which is a floating-point number.
private func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return seconds * 1000 + attoseconds / 1_000_000_000_000_000
}
