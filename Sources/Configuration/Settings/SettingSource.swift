/// Where a value came from; later cases outrank earlier ones.
package enum SettingSource: Equatable, Sendable, CustomStringConvertible {
    case defaults
    case file(String)
    case environment(variable: String)
    case flag(String)

    package var description: String {
        switch self {
        case .defaults: "default"
        case .file(let path): path
        case .environment(let variable): variable
        case .flag(let flag): flag
        }
    }
}
