/// How one run of a job ended.
enum JobEnding: Sendable {
    case done(JobReport)
    case failed(any Error)
    /// It was cancelled because its time was over. It may still be under way if it takes no notice.
    case timedOut
    /// Its lease could not be renewed or was taken over: somebody else may be doing it.
    case leaseLost
    /// The hub stops.
    case cancelled

    /// The value of the label `result`, and what the table of schedules keeps.
    var result: String {
        switch self {
        case .done: "done"
        case .failed: "failed"
        case .timedOut: "timed_out"
        case .leaseLost: "lease_lost"
        case .cancelled: "cancelled"
        }
    }

    /// What went wrong, in one line; nothing if nothing did.
    var fault: String? {
        switch self {
        case .done: nil
        case .failed(let error): JobFault.describe(error)
        case .timedOut: "its time was over"
        case .leaseLost: "its lease was lost"
        case .cancelled: "the hub stopped"
        }
    }
}
