import Glibc

/// The lock under which the file of profiles is changed: one hubctl at a time, whoever runs it and however it ends.
///
/// It is an advisory lock on a file beside the profiles, because that one is replaced; the system lets go of it with the
/// process.
enum ProfileLock {
    /// Waits for the lock, runs `body` and lets go of it.
    ///
    /// - Parameter patience: How long to wait; another hubctl holds it while the hub answers one request.
    /// - Throws: What `body` throws, ``ExitCode/tryLater`` if the lock is not to be had in time, ``ExitCode/fault`` if its
    ///   file cannot be made.
    static func holding<Value>(
        _ path: String, patience: Duration = .seconds(60), _ body: () throws(CommandFailure) -> Value
    ) throws(CommandFailure) -> Value {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(.fault, "cannot write \(path): \(unsafe String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let deadline = ContinuousClock.now + patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(.tryLater, "another hubctl keeps \(path) locked")
            }
            usleep(20_000)
        }
        return try body()
    }
}
