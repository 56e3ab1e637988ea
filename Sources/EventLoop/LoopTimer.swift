internal import CUV

/// A call to come, once or again and again, on its loop. Cancelled when it is released.
package final class LoopTimer: Sendable {
    private let handle: TimerHandle

    init(on loop: Loop, after delay: Duration, every period: Duration?, _ work: @escaping () -> Void) {
        handle = TimerHandle(on: loop, after: delay, every: period, work)
    }

    deinit {
        if handle.loop.isCurrent {
            handle.closeHandle()
        } else {
            handle.loop.execute { [handle] in handle.closeHandle() }
        }
    }

    /// Takes the call back. Harmless when it has run. On the loop.
    package func cancel() {
        handle.loop.preconditionIsolated()
        handle.closeHandle()
    }
}

/// The libuv timer behind a ``LoopTimer``. Confined to its loop.
private final class TimerHandle: LoopHandle, @unchecked Sendable {
    private var work: (() -> Void)?
    private let repeats: Bool

    init(on loop: Loop, after delay: Duration, every period: Duration?, _ work: @escaping () -> Void) {
        self.work = work
        repeats = period != nil
        unsafe super.init(on: loop, size: MemoryLayout<uv_timer_t>.size)
        let timer = unsafe raw.assumingMemoryBound(to: uv_timer_t.self)
        do throws(LoopError) {
            try open("uv_timer_init") { unsafe uv_timer_init(loop.raw, timer) }
        } catch {
            preconditionFailure("uv_timer_init cannot fail: \(error)")
        }
        let first = UInt64(max(0, delay.wholeMilliseconds))
        let next = period.map { UInt64(max(1, $0.wholeMilliseconds)) } ?? 0
        unsafe uv_timer_start(
            timer, { handle in unsafe LoopHandle.at(handle, as: TimerHandle.self)?.fire() }, first, next)
    }

    private func fire() {
        let work = work
        if !repeats { closeHandle() }
        work?()
    }

    override func closeHandle() {
        work = nil
        super.closeHandle()
    }
}
