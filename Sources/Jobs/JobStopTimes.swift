/// How long a hub that stops waits for jobs it has cancelled.
package struct JobStopTimes: Sendable {
    /// For those that take notice of it to end by themselves; the others are left. Default 2 s.
    package var notice: Duration
    /// For the ends of all of them to be noted in the database. Default 3 s.
    package var record: Duration

    package init(notice: Duration = .seconds(2), record: Duration = .seconds(3)) {
        self.notice = notice
        self.record = record
    }
}
