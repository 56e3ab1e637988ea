internal import CUV

/// Calls back on its loop when the process receives a signal.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
package final class SignalWatcher: LoopHandle, @unchecked Sendable {
    private let onSignal: () -> Void

    package init(_ signal: Int32, on loop: Loop, _ onSignal: @escaping () -> Void) throws(LoopError) {
        self.onSignal = onSignal
        unsafe super.init(on: loop, size: MemoryLayout<uv_signal_t>.size)
        let handle = unsafe raw.assumingMemoryBound(to: uv_signal_t.self)
        try open("uv_signal_init") { unsafe uv_signal_init(loop.raw, handle) }
        let result = unsafe uv_signal_start(
            handle, { handle, _ in unsafe LoopHandle.at(handle, as: SignalWatcher.self)?.onSignal() }, signal)
        if result < 0 {
            closeHandle()
            throw LoopError(operation: "uv_signal_start", number: -result)
        }
    }

    /// Stops watching for good; the signal has its default effect again.
    package func stop() {
        loop.preconditionIsolated()
        closeHandle()
    }
}
