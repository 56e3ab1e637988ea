/// Bounds of one connection and of the pool it belongs to.
package struct PostgresLimits: Hashable, Sendable {
    /// How long connecting may take, name lookup and TLS included. Default 10 s.
    package var connectTimeout: Duration
    /// How long a query may take that names no time of its own, waiting for a connection included. Default 10 s.
    package var queryTimeout: Duration
    /// How long a cancelled query may take to end before its connection is given up. Default 2 s.
    package var cancelGrace: Duration
    /// Units of work in flight on one connection. Default 32.
    package var pipelineDepth: Int
    /// Units of work that wait for a connection, per loop. Default 1000.
    package var waitingQueries: Int
    /// Connections per loop, beside the journal's. Default 2.
    package var connectionsPerLoop: Int
    package var reconnect: Backoff

    package init(
        connectTimeout: Duration = .seconds(10), queryTimeout: Duration = .seconds(10),
        cancelGrace: Duration = .seconds(2), pipelineDepth: Int = 32, waitingQueries: Int = 1000,
        connectionsPerLoop: Int = 2, reconnect: Backoff = Backoff()
    ) {
        self.connectTimeout = connectTimeout
        self.queryTimeout = queryTimeout
        self.cancelGrace = cancelGrace
        self.pipelineDepth = pipelineDepth
        self.waitingQueries = waitingQueries
        self.connectionsPerLoop = connectionsPerLoop
        self.reconnect = reconnect
    }
}
