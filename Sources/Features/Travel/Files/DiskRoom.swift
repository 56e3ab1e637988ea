internal import Glibc

/// Room for files on the disk that Postgres is on, as far as the hub can see that: where its Postgres is its own. Callable from any
/// thread; asks the kernel, which answers at once.
struct DiskRoom: Sendable {
    /// What has to stay free for everything else: 256 MiB.
    static let reserve: UInt64 = 256 << 20
    /// A byte of a file is written to a table and to Postgres' log.
    static let copies: UInt64 = 2

    /// Bytes that are free; nothing where nobody knows.
    private let free: @Sendable () -> UInt64?

    init(_ free: @escaping @Sendable () -> UInt64?) { self.free = free }

    /// - Parameter directory: Of the hub's own Postgres; nothing where it is another's.
    init(on directory: String?) { self.init { directory.flatMap(DiskRoom.free) } }

    /// Whether a file of so many bytes, or of one more piece, may be taken.
    func holds(_ bytes: Int) -> Bool {
        guard let free = free() else { return true }
        let (needed, overflow) = UInt64(max(0, bytes)).multipliedReportingOverflow(by: DiskRoom.copies)
        return !overflow && free >= DiskRoom.reserve && needed <= free - DiskRoom.reserve
    }

    /// What the file system that a directory is on has left for the hub.
    static func free(on directory: String) -> UInt64? {
        var system = statvfs()
        guard unsafe statvfs(directory, &system) == 0 else { return nil }
        // Some file systems say that there is no end to them.
        let (bytes, isTooMuch) = UInt64(system.f_bavail).multipliedReportingOverflow(by: UInt64(system.f_frsize))
        return isTooMuch ? .max : bytes
    }
}
