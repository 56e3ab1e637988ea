internal import CUV

/// Tells when a descriptor that somebody else owns, such as libpq's, can be read or written.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`. Stop it before the
/// descriptor is closed.
package final class DescriptorWatcher: LoopHandle, @unchecked Sendable {
    package struct Events: OptionSet, Sendable {
        package let rawValue: Int32
        package init(rawValue: Int32) { self.rawValue = rawValue }

        package static let readable = Events(rawValue: 1)
        package static let writable = Events(rawValue: 2)
    }

    private var onReady: ((Events) -> Void)?

    package init(descriptor: Int32, on loop: Loop) throws(LoopError) {
        unsafe super.init(on: loop, size: MemoryLayout<uv_poll_t>.size)
        let poll = unsafe raw.assumingMemoryBound(to: uv_poll_t.self)
        try open("uv_poll_init") { unsafe uv_poll_init(loop.raw, poll, descriptor) }
    }

    /// Calls `onReady` whenever one of `events` holds, until it is called again or stopped. An error of the
    /// descriptor is told as both: the next read or write will show it.
    package func watch(_ events: Events, _ onReady: @escaping (Events) -> Void) {
        loop.preconditionIsolated()
        guard isHandleOpen else { return }
        self.onReady = onReady
        let poll = unsafe raw.assumingMemoryBound(to: uv_poll_t.self)
        guard !events.isEmpty else {
            unsafe uv_poll_stop(poll)
            return
        }
        unsafe uv_poll_start(poll, events.rawValue) { handle, status, events in
            guard let watcher = unsafe LoopHandle.at(handle, as: DescriptorWatcher.self) else { return }
            watcher.onReady?(status < 0 ? [.readable, .writable] : Events(rawValue: events & 3))
        }
    }

    /// Stops watching for good.
    package func stop() {
        loop.preconditionIsolated()
        closeHandle()
    }

    override func closeHandle() {
        guard isHandleOpen else { return }
        onReady = nil
        unsafe uv_poll_stop(raw.assumingMemoryBound(to: uv_poll_t.self))
        super.closeHandle()
    }
}
