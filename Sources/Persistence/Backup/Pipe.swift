internal import CPostgres
internal import Glibc
internal import Synchronization

/// A pipe to or from a child process. Each end is used by one thread at a time; what reads and writes blocks: not on a
/// loop.
final class Pipe: Sendable {
    let readEnd: Int32
    let writeEnd: Int32
    private let isReadOpen = Atomic<Bool>(true)
    private let isWriteOpen = Atomic<Bool>(true)

    init() throws(PostgresToolError) {
        var ends: [Int32] = [0, 0]
        guard unsafe CPostgres_pipe(&ends) == 0 else { throw Pipe.failure("make a pipe") }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        closeReadEnd()
        closeWriteEnd()
    }

    func closeReadEnd() {
        if isReadOpen.exchange(false, ordering: .acquiringAndReleasing) { close(readEnd) }
    }

    func closeWriteEnd() {
        if isWriteOpen.exchange(false, ordering: .acquiringAndReleasing) { close(writeEnd) }
    }

    /// Reads until nobody can write any more.
    func drain(into sink: (ArraySlice<UInt8>) throws(PostgresToolError) -> Void) throws(PostgresToolError) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe read(readEnd, &chunk, chunk.count)
            if count == 0 { return }
            if count > 0 { try sink(chunk[..<count]) } else if errno != EINTR { throw Pipe.failure("read from a pipe") }
        }
    }

    func write(_ bytes: ArraySlice<UInt8>) throws(PostgresToolError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(writeEnd, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw Pipe.failure("write to a pipe")
            }
        }
    }

    private static func failure(_ operation: String) -> PostgresToolError {
        let number = errno
        return .file(reason: "cannot \(operation): \(unsafe String(cString: strerror(number)))")
    }
}
