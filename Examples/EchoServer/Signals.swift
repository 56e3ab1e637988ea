import EventLoop
import Glibc

/// Waits for Ctrl-C or SIGTERM.
func untilSignalled(on loop: Loop) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        loop.execute {
            let signals = Signals(continuation)
            for number in [SIGINT, SIGTERM] { signals.watch(number, on: loop) }
        }
    }
}

/// The first of some signals; lives on its loop.
private final class Signals {
    private var continuation: CheckedContinuation<Void, Never>?
    private var watchers: [SignalWatcher] = []

    init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = continuation }

    func watch(_ number: Int32, on loop: Loop) {
        let watcher = try? SignalWatcher(number, on: loop) { [self] in
            continuation?.resume()
            continuation = nil
            watchers = []
        }
        guard let watcher else { Arguments.fail("cannot watch for signal \(number)") }
        watchers.append(watcher)
    }
}
