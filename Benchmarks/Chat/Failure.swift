/// Why a load cannot be made; for a person, in one line.
struct Failure: Error, Sendable {
    var reason: String
    /// The exit status: 64 for a wrong command line, 1 otherwise.
    var status: Int32

    init(_ reason: String, status: Int32 = 1) {
        self.reason = reason
        self.status = status
    }
}
