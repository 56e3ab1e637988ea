package import Persistence

extension PostgresLimits {
    /// For whatever is no test of a limit: far beyond what anything takes, because every test at once may be on the
    /// processors.
    package static func patient(pipelineDepth: Int = 32, connectionsPerLoop: Int = 2) -> PostgresLimits {
        PostgresLimits(
            connectTimeout: .seconds(60), queryTimeout: .seconds(60), cancelGrace: .seconds(60),
            pipelineDepth: pipelineDepth, connectionsPerLoop: connectionsPerLoop)
    }
}
