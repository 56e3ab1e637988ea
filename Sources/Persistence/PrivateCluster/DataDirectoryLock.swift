internal import Glibc

/// Holds a data directory for one hub; the kernel gives it back when the hub ends, however it ends.
package final class DataDirectoryLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock, making the directory if it is missing. Blocks for file system work, never for another hub.
    ///
    /// - Throws: ``PrivatePostgresError/inUse(directory:)`` if another hub has it.
    package init(directory: String) throws(PrivatePostgresError) {
        try FileSystem.makeDirectory(directory, mode: geteuid() == 0 ? 0o755 : 0o700)
        let path = directory + "/hub.lock"
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileSystem.failure("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            guard number == EWOULDBLOCK else { throw FileSystem.failure("lock", path) }
            throw .inUse(directory: directory)
        }
    }

    /// Gives the directory back before this object goes. Unlocking, not only closing, also takes it from a child that was
    /// just being started and has a copy of the descriptor.
    package func release() { flock(descriptor, LOCK_UN) }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
