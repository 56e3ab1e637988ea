/// How hubctl ends, in the numbers of sysexits.h, so that scripts can tell "mend the input" from "try again".
enum ExitCode: Int32, Sendable, CaseIterable {
    case ok = 0
    /// The command line is wrong.
    case usage = 64
    /// A file, or what the hub was sent, is wrong.
    case badData = 65
    /// The hub cannot be reached.
    case unreachable = 69
    /// A fault of hubctl's or of the hub's.
    case fault = 70
    /// The hub is there and cannot serve now, or not everything was acknowledged.
    case tryLater = 75
    /// The hub does not accept the key, the password or the token.
    case refused = 77

    var meaning: String {
        switch self {
        case .ok: "done"
        case .usage: "the command line is wrong"
        case .badData: "a file, or a value the hub was sent, is wrong"
        case .unreachable: "the hub cannot be reached"
        case .fault: "a fault of hubctl's or of the hub's"
        case .tryLater: "the hub cannot serve now, or not everything was acknowledged; try later"
        case .refused: "the API key, password or sign-in is missing or not accepted"
        }
    }
}
