internal import Configuration

extension BackupError {
    var exitCode: ExitCode {
        switch self {
        case .running, .postgres: .unavailable
        default: .failure
        }
    }
}
