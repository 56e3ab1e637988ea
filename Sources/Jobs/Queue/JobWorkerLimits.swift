/// How a worker looks for jobs.
package struct JobWorkerLimits: Sendable {
    /// How often it looks while nothing is notified and nothing falls due: how late at most it finds a job of which it was
    /// told nothing. Not longer than the leases, whose ends it learns when it looks. Default 15 s.
    package var pollInterval: Duration
    /// How soon it looks again at a job that was due and could not be had, since another was looking at it. Default 1 s.
    package var retryInterval: Duration
    /// How often it counts the queue for the metrics. Default 15 s.
    package var countInterval: Duration

    package init(
        pollInterval: Duration = .seconds(15), retryInterval: Duration = .seconds(1),
        countInterval: Duration = .seconds(15)
    ) {
        self.pollInterval = pollInterval
        self.retryInterval = retryInterval
        self.countInterval = countInterval
    }
}
