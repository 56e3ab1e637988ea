/// How the hub's own Postgres is set up.
package struct PrivatePostgresOptions: Hashable, Sendable {
    /// The hub's data directory; the cluster is in `postgres` below it.
    package var dataDirectory: String
    /// Where `initdb` and `postgres` are; empty looks for the newest that is installed.
    package var programsDirectory: String
    /// Default 60; the hub needs a few per loop.
    package var maxConnections: Int
    /// Megabytes. Default 128.
    package var sharedBuffers: Int
    /// Whether a commit waits for the disk. Only tests say no: a crash of the machine may then lose everything.
    package var isDurable: Bool
    /// How long a start may take, recovery after a crash included. Default 60 s.
    package var startTimeout: Duration
    /// How long a fast shutdown may take before it is made an immediate one. Default 30 s.
    package var stopTimeout: Duration
    /// Waits between restarts. Default 100 ms … 10 s.
    package var restart: Backoff

    package init(
        dataDirectory: String, programsDirectory: String = "", maxConnections: Int = 60, sharedBuffers: Int = 128,
        isDurable: Bool = true,
        startTimeout: Duration = .seconds(60), stopTimeout: Duration = .seconds(30),
        restart: Backoff = Backoff(shortest: .milliseconds(100), longest: .seconds(10))
    ) {
        self.dataDirectory = dataDirectory
        self.programsDirectory = programsDirectory
        self.maxConnections = maxConnections
        self.sharedBuffers = sharedBuffers
        self.isDurable = isDurable
        self.startTimeout = startTimeout
        self.stopTimeout = stopTimeout
        self.restart = restart
    }

    /// The whole of `postgresql.conf`; an operator's own settings come last, from `postgresql.local.conf`.
    ///
    /// Statements that fail are not logged: their values are people's positions, and the hub logs what it needs.
    func configuration(socketDirectory: String) -> String {
        """
        # Written by the hub at every start. Put settings of your own into postgresql.local.conf, which is read last.
        listen_addresses = ''
        unix_socket_directories = '\(socketDirectory.replacingQuotes)'
        unix_socket_permissions = 0700
        max_connections = \(maxConnections)
        shared_buffers = \(sharedBuffers)MB
        dynamic_shared_memory_type = mmap
        synchronous_commit = \(isDurable ? "on" : "off")
        fsync = \(isDurable ? "on" : "off")
        full_page_writes = \(isDurable ? "on" : "off")
        wal_level = replica
        max_wal_size = 1GB
        min_wal_size = 128MB
        checkpoint_timeout = 15min
        checkpoint_completion_target = 0.9
        jit = off
        timezone = 'UTC'
        log_timezone = 'UTC'
        logging_collector = off
        log_destination = 'stderr'
        log_min_messages = log
        log_min_error_statement = panic
        log_error_verbosity = terse
        log_checkpoints = off
        log_autovacuum_min_duration = -1
        log_parameter_max_length = 0
        log_parameter_max_length_on_error = 0
        include_if_exists = 'postgresql.local.conf'

        """
    }
}

extension String {
    /// With quotes doubled, as values in `postgresql.conf` want them.
    fileprivate var replacingQuotes: String { String(flatMap { $0 == "'" ? "''" : String($0) }) }
}
