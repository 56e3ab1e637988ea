/// What the machine says of itself, as far as a hub depends on it. A number that cannot be read is missing.
struct MachineFacts: Equatable, Sendable {
    /// What the clock's kernel discipline says (adjtimex(2)).
    enum ClockState: Equatable, Sendable {
        case synchronized
        case unsynchronized
        /// The kernel does not say, as in some containers.
        case unknown
    }

    struct DataDirectory: Equatable, Sendable {
        var path: String
        var exists: Bool
        var isWritable: Bool
        /// Whether it is not the superuser's or the hub's own.
        var hasForeignOwner: Bool
        /// Whether users that are not its owner may change what is in it.
        var isWritableByOthers: Bool
        /// Of the file system it is on, or will be on.
        var freeBytes: UInt64?
        var totalBytes: UInt64?
    }

    /// How many files the process may open (its hard limit, which the hub takes).
    var openFiles: UInt64?
    /// `net.core.somaxconn`.
    var listenBacklog: Int?
    /// What is free for new programs, page cache included.
    var availableMemory: UInt64?
    /// What the process may use: the machine's, or its control group's if that is less.
    var totalMemory: UInt64?
    var clock = ClockState.unknown
    var data: DataDirectory
}
