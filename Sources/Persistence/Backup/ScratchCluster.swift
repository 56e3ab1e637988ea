package import EventLoop
internal import Glibc
package import Telemetry

/// A private Postgres for a while, in a directory of its own that goes with it.
package struct ScratchCluster: Sendable {
    package let postgres: PrivatePostgres
    private let directory: String
    private let loop: Loop

    /// - Parameter directory: Made; what is there from an earlier attempt is ended and removed.
    package static func start(
        in directory: String, programsDirectory: String, isDurable: Bool, on loop: Loop, log: Logger,
        metrics: PersistenceMetrics
    ) async throws(PrivatePostgresError) -> ScratchCluster {
        let removed: Result<Void, PrivatePostgresError> = await loop.offload {
            Result { () throws(PrivatePostgresError) in
                endServer(in: directory)
                try FileSystem.remove(directory)
            }
        }
        try removed.get()
        var options = PrivatePostgresOptions(dataDirectory: directory, programsDirectory: programsDirectory)
        options.isDurable = isDurable
        let postgres = try await PrivatePostgres.start(options, on: loop, log: log, metrics: metrics)
        return ScratchCluster(postgres: postgres, directory: directory, loop: loop)
    }

    /// Has a server in `directory` end at once, ready or not, without waiting for that: for a process that is about to end
    /// itself. The files stay until the next start there. Blocks briefly.
    package static func abandon(_ directory: String) { _ = signalServer(in: directory) }

    /// Ends a server that an attempt which was killed has left; what it holds is of no worth. Blocks.
    private static func endServer(in directory: String) {
        guard let pid = signalServer(in: directory) else { return }
        for _ in 0..<1000 where Postmaster.isAlive(pid) { usleep(10_000) }
    }

    private static func signalServer(in directory: String) -> Int32? {
        guard let root = try? FileSystem.canonical(directory),
            let postmaster = Postmaster.running(in: root + "/postgres")
        else { return nil }
        _ = kill(postmaster.pid, SIGQUIT)
        return postmaster.pid
    }

    /// Makes the directory in which scratch clusters are to be, if it is missing. Blocks.
    package static func makeParent(_ directory: String) throws(PrivatePostgresError) {
        try FileSystem.makeDirectory(directory, mode: 0o755)
    }

    /// Stops the server and leaves the files.
    package func stop() async { await postgres.stop() }

    /// Stops the server and removes the files.
    package func discard() async {
        await postgres.stop()
        let directory = directory
        await loop.offload { try? FileSystem.remove(directory) }
    }
}
