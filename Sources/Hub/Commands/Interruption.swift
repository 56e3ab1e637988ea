internal import EventLoop
internal import Glibc

/// What a command leaves in order when a signal ends it: servers that it has started, files that are not whole.
///
/// `@unchecked Sendable`: confined to its loop; references may be held anywhere.
final class Interruption: @unchecked Sendable {
    private let loop: Loop
    private var actions: [() -> Void] = []
    private var watchers: [SignalWatcher] = []

    private init(on loop: Loop) { self.loop = loop }

    /// From now on SIGINT, SIGTERM and SIGHUP do what was asked for, and then end the process with 128 and their number.
    static func watch(on loop: Loop) async throws(LoopError) -> Interruption {
        let interruption = Interruption(on: loop)
        let watched: Result<Void, LoopError> = await loop.run {
            Result { () throws(LoopError) in
                for signal in [SIGINT, SIGTERM, SIGHUP] {
                    interruption.watchers.append(
                        try SignalWatcher(signal, on: loop) {
                            for action in interruption.actions.reversed() { action() }
                            exit(128 + signal)
                        })
                }
            }
        }
        try watched.get()
        return interruption
    }

    /// Has `action` done on the loop, before the process ends. It must not wait.
    func add(_ action: @escaping @Sendable () -> Void) async { await loop.run { self.actions.append(action) } }

    /// What was asked for last is in order by itself now.
    func removeLast() async { await loop.run { _ = self.actions.popLast() } }
}
