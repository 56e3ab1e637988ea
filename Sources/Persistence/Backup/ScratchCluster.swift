package import EventLoop
package import Telemetry

/// A private Postgres for a while, in a directory of its own that goes with it.
package struct ScratchCluster: Sendable {
    package let postgres: PrivatePostgres
    private let directory: String
    private let loop: Loop

    /// - Parameter directory: Made, and what is there from an earlier attempt removed.
    package static func start(
        in directory: String, programsDirectory: String, isDurable: Bool, on loop: Loop, log: Logger,
        metrics: PersistenceMetrics
    ) async throws(PrivatePostgresError) -> ScratchCluster {
        let removed: Result<Void, PrivatePostgresError> = await loop.offload {
            Result { () throws(PrivatePostgresError) in try FileSystem.remove(directory) }
        }
        try removed.get()
        var options = PrivatePostgresOptions(dataDirectory: directory, programsDirectory: programsDirectory)
        options.isDurable = isDurable
        let postgres = try await PrivatePostgres.start(options, on: loop, log: log, metrics: metrics)
        return ScratchCluster(postgres: postgres, directory: directory, loop: loop)
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
