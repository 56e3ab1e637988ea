/// What is wrong with one value, file or combination: one line that names it and where it came from.
package enum ConfigurationProblem: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadableFile(path: String, reason: String)
    /// Not TOML; the reason has line and column.
    case malformedFile(path: String, reason: String)
    case unknownKey(String, source: SettingSource)
    /// - Parameter value: As it was written; nothing for a secret.
    case invalidValue(SettingKey, value: String?, expected: String, source: SettingSource)
    /// Two settings that do not go together.
    case conflict(SettingKey, reason: String)

    package var description: String {
        switch self {
        case .unreadableFile(let path, let reason): "\(path): cannot be read: \(reason)"
        case .malformedFile(let path, let reason): "\(path): \(reason)"
        case .unknownKey(let key, let source): "\(key): there is no such setting (\(source))"
        case .invalidValue(let key, let value, let expected, let source):
            "\(key): must be \(expected)\(value.map { ", not \($0)" } ?? "") (\(source))"
        case .conflict(let key, let reason): "\(key): \(reason)"
        }
    }
}
