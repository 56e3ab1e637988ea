internal import EventLoop
internal import Systemd

/// Keeps the service manager informed of one hub's life.
struct ServiceLife: Sendable {
    private let manager: ServiceManager
    private let pulse: LoopPulse
    /// What `systemctl status` shows while it serves.
    private let status: String

    init(_ manager: ServiceManager, loops: [Loop], status: String) {
        self.manager = manager
        self.status = status
        pulse = LoopPulse(loops)
    }

    func ready() { manager.tell(.ready(status: status)) }

    func stopping() { manager.tell(.stopping(status: "Draining connections")) }

    /// Tells the manager of the reload that `work` is.
    func reloading(_ work: () async -> Void) async {
        manager.tell(.reloading(monotonicMicroseconds: ServiceManager.monotonicMicroseconds))
        await work()
        ready()
    }

    /// Gives a sign of life as long as every loop turns, until the task is cancelled. Four times in the time the manager
    /// waits: one that comes late because a turn was long does no harm, and a loop that is stuck ends the service in time.
    func run() async {
        guard let timeout = manager.watchdogTimeout else { return }
        while !Task.isCancelled {
            if pulse.beat() { manager.tell(.alive) }
            try? await Task.sleep(for: timeout / 4)
        }
    }
}
