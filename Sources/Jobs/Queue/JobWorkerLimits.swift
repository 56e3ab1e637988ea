/// How a worker looks for jobs.
package struct JobWorkerLimits: Sendable {
    /// How often it looks while it has nothing to do: how late at most it finds a job that another hub, or a transaction
    /// without ``JobQueue/wake()``, has added. Default 1 s.
    package var pollInterval: Duration
    /// How often it counts the queue for the metrics. Default 15 s.
    package var countInterval: Duration

    package init(pollInterval: Duration = .seconds(1), countInterval: Duration = .seconds(15)) {
        self.pollInterval = pollInterval
        self.countInterval = countInterval
    }
}
