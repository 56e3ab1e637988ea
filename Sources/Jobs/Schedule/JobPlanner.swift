internal import Model

/// Decides which scheduled jobs to begin now and how long to wait after that; reads no clock and touches no database.
struct JobPlanner: ~Copyable {
    /// What the table of schedules says of one job.
    struct Entry: Equatable {
        let name: String
        let nextRun: Timestamp
        /// Until when a run of it, here or elsewhere, holds the lease.
        let lockedUntil: Timestamp?
    }

    struct Plan: Equatable {
        /// Begun now; each counts as running until ``JobPlanner/ended(_:)``.
        var due: [String]
        /// When to look again at the latest, though nothing ends or is rung for before.
        var wait: Duration
    }

    /// No look is put off longer: another hub, or `hubd jobs run`, may have changed the table. Default 30 s.
    private let longestWait: Duration
    /// Two looks are at least so far apart. Default 20 ms.
    private let shortestWait: Duration
    private var running: Set<String> = []

    init(longestWait: Duration = .seconds(30), shortestWait: Duration = .milliseconds(20)) {
        self.longestWait = longestWait
        self.shortestWait = shortestWait
    }

    var isIdle: Bool { running.isEmpty }

    /// - Parameter now: By the database's clock, as the entries are.
    mutating func plan(_ entries: [Entry], at now: Timestamp) -> Plan {
        var plan = Plan(due: [], wait: longestWait)
        for entry in entries where !running.contains(entry.name) {
            let ready = max(entry.nextRun, entry.lockedUntil ?? entry.nextRun)
            if ready <= now {
                plan.due.append(entry.name)
                running.insert(entry.name)
            } else {
                plan.wait = min(plan.wait, now.duration(to: ready))
            }
        }
        plan.wait = max(plan.wait, shortestWait)
        return plan
    }

    /// The run of that job is over, or was not to be had.
    mutating func ended(_ name: String) { running.remove(name) }
}
