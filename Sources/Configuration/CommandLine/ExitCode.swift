/// What a program of the hub exits with; the numbers above 1 are those of sysexits.h.
package enum ExitCode: Int32, Sendable {
    case success = 0
    /// It ran and failed; the message says how.
    case failure = 1
    /// `hubd doctor` has found errors; it exits with 1 for warnings.
    case brokenInstallation = 2
    /// The command line was wrong.
    case usage = 64
    /// Something it needs is not there: a database, a port, a data directory that is in use.
    case unavailable = 69
    /// The configuration is wrong.
    case configuration = 78
}
