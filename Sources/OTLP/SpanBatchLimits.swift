/// Bounds of what waits for a collector.
package struct SpanBatchLimits: Hashable, Sendable {
    /// Spans in one request at most. Default 512.
    package var batch: Int
    /// Spans that wait for a request, beside those in one. Default 8,192.
    package var queue: Int
    /// How long a span waits for others. Default 5 s.
    package var delay: Duration
    /// How often a batch is sent before it is given up. Default 5.
    package var attempts: Int
    /// The wait after the first failure; each further one doubles it. Default 1 s.
    package var shortestWait: Duration
    /// The longest wait, the collector's wishes included. Default 30 s.
    package var longestWait: Duration

    package init(
        batch: Int = 512, queue: Int = 8192, delay: Duration = .seconds(5), attempts: Int = 5,
        shortestWait: Duration = .seconds(1), longestWait: Duration = .seconds(30)
    ) {
        precondition(batch > 0 && queue >= batch && attempts > 0, "a queue holds a batch, and a batch is sent")
        self.batch = batch
        self.queue = queue
        self.delay = delay
        self.attempts = attempts
        self.shortestWait = shortestWait
        self.longestWait = longestWait
    }
}
