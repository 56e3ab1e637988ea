import Glibc

/// The number of files, and so connections, this process may have open.
enum FileLimit {
    /// Raises the limit as far as it goes.
    ///
    /// - Throws: ``ExitCode/usage`` if that is not enough for so many connections.
    static func require(_ connections: Int) throws(CommandFailure) {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else { return }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            unsafe setrlimit(resource, &limit)
            unsafe getrlimit(resource, &limit)
        }
        let spare = 64
        guard limit.rlim_cur >= rlim_t(connections + spare) else {
            throw .usage(
                "\(connections) connections need as many open files, and the limit is \(limit.rlim_cur); "
                    + "use several processes with a --prefix each, or raise it ('ulimit -n')")
        }
    }
}
