internal import CUV

/// The memory of one libuv handle and its life: libuv owns it until its close callback, and while it is open the loop
/// keeps this object alive through the handle's `data`.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
@safe package class LoopHandle: @unchecked Sendable {
    package let loop: Loop
    let raw: UnsafeMutableRawPointer
    private(set) var isHandleOpen = false

    /// Makes room for a handle; ``open(_:)`` brings it to life.
    init(on loop: Loop, size: Int) {
        self.loop = loop
        unsafe raw = .allocate(byteCount: size, alignment: 16)
    }

    deinit { unsafe raw.deallocate() }

    /// Runs the handle's `uv_…_init` and ties handle and object together if it succeeds.
    func open(_ operation: String, _ initialise: () -> Int32) throws(LoopError) {
        loop.preconditionIsolated()
        try LoopError.check(initialise(), operation)
        unsafe raw.assumingMemoryBound(to: uv_handle_t.self).pointee.data = Unmanaged.passRetained(self).toOpaque()
        isHandleOpen = true
    }

    /// Closes the handle; the object lives on until libuv lets go of its memory. Harmless when closed.
    func closeHandle() {
        guard isHandleOpen else { return }
        isHandleOpen = false
        unsafe uv_close(raw.assumingMemoryBound(to: uv_handle_t.self)) { handle in
            guard let data = unsafe handle?.pointee.data else { return }
            unsafe Unmanaged<LoopHandle>.fromOpaque(data).release()
        }
    }

    /// What the loop calls on every open handle when it stops.
    func loopWillStop() { closeHandle() }

    /// The object behind a handle that libuv hands to a callback.
    static func at<Handle, Owner: LoopHandle>(_ handle: UnsafeMutablePointer<Handle>?, as _: Owner.Type) -> Owner? {
        guard let handle = unsafe handle else { return nil }
        return unsafe handle.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { handle in
            guard let data = unsafe handle.pointee.data else { return nil }
            return unsafe unsafeDowncast(Unmanaged<LoopHandle>.fromOpaque(data).takeUnretainedValue(), to: Owner.self)
        }
    }
}
