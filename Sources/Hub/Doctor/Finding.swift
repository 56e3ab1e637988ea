/// One thing that `hubd doctor` looked at.
struct Finding: Equatable, Sendable {
    enum Level: Int, Comparable, Sendable {
        case ok
        /// It works, and something should be done about it.
        case warning
        /// The hub does not start, loses data, or lets strangers in.
        case error

        var name: String {
            switch self {
            case .ok: "ok"
            case .warning: "warning"
            case .error: "error"
            }
        }

        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// A stable name for machines, such as `database.version`.
    let check: String
    let level: Level
    /// What was found, in one line, without secrets.
    let found: String
    /// What it means; nothing where all is well.
    let meaning: String?
    /// What to do about it; nothing where all is well.
    let remedy: String?

    static func ok(_ check: String, _ found: String) -> Finding {
        Finding(check: check, level: .ok, found: found, meaning: nil, remedy: nil)
    }

    static func warning(_ check: String, _ found: String, means meaning: String, do remedy: String) -> Finding {
        Finding(check: check, level: .warning, found: found, meaning: meaning, remedy: remedy)
    }

    static func error(_ check: String, _ found: String, means meaning: String, do remedy: String) -> Finding {
        Finding(check: check, level: .error, found: found, meaning: meaning, remedy: remedy)
    }
}
