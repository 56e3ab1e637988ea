import Measuring

extension FileLimit {
    /// Raises the limit as far as it goes.
    ///
    /// - Throws: ``ExitCode/usage`` if that is not enough for so many connections.
    static func require(_ connections: Int) throws(CommandFailure) {
        let spare = 64
        guard let limit = raise(), limit < connections + spare else { return }
        throw .usage(
            "\(connections) connections need as many open files, and the limit is \(limit); "
                + "use several processes with a --prefix each, or raise it ('ulimit -n')")
    }
}
